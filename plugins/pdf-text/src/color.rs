//! Fill colours as sRGB, as far as the number of components tells.

use lopdf::{Dictionary, Document, Object};

use crate::lookup;

/// How the operands of `sc` and `scn` are to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ColorSpace {
    Gray,
    Rgb,
    Cmyk,
    Lab,
    /// One ink or several: 0 is paper.
    Ink,
    Pattern,
}

fn byte(value: f32) -> u32 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u32
}

pub(crate) fn rgb(r: f32, g: f32, b: f32) -> u32 {
    byte(r) << 16 | byte(g) << 8 | byte(b)
}

pub(crate) fn gray(value: f32) -> u32 {
    rgb(value, value, value)
}

pub(crate) fn cmyk(c: f32, m: f32, y: f32, k: f32) -> u32 {
    let part = |ink: f32| (1.0 - ink.clamp(0.0, 1.0)) * (1.0 - k.clamp(0.0, 1.0));
    rgb(part(c), part(m), part(y))
}

impl ColorSpace {
    /// Reads a colour space by name or from the page's resources.
    pub(crate) fn find(doc: &Document, resources: Option<&Dictionary>, name: &[u8]) -> ColorSpace {
        Self::named(name).unwrap_or_else(|| {
            resources
                .and_then(|resources| lookup::dict(doc, resources, b"ColorSpace"))
                .and_then(|spaces| lookup::get(doc, spaces, name))
                .map_or(ColorSpace::Gray, |object| Self::from_object(doc, object, 4))
        })
    }

    fn named(name: &[u8]) -> Option<ColorSpace> {
        Some(match name {
            b"DeviceGray" | b"CalGray" | b"G" => ColorSpace::Gray,
            b"DeviceRGB" | b"CalRGB" | b"RGB" => ColorSpace::Rgb,
            b"DeviceCMYK" | b"CMYK" => ColorSpace::Cmyk,
            b"Lab" => ColorSpace::Lab,
            b"Separation" | b"DeviceN" => ColorSpace::Ink,
            b"Pattern" => ColorSpace::Pattern,
            _ => return None,
        })
    }

    fn from_object(doc: &Document, object: &Object, depth: u8) -> ColorSpace {
        let items = match object {
            Object::Name(name) => return Self::named(name).unwrap_or(ColorSpace::Gray),
            Object::Array(items) => items,
            _ => return ColorSpace::Gray,
        };
        let Some(Object::Name(family)) = items.first().map(|first| lookup::resolve(doc, first)) else {
            return ColorSpace::Gray;
        };
        if family != b"ICCBased" {
            return Self::named(family).unwrap_or(ColorSpace::Gray);
        }
        let profile = items.get(1).map(|item| lookup::resolve(doc, item)).and_then(lookup::as_dict);
        match profile.and_then(|profile| lookup::number(doc, profile, b"N")) {
            Some(3.0) => ColorSpace::Rgb,
            Some(4.0) => ColorSpace::Cmyk,
            Some(_) => ColorSpace::Gray,
            None => match profile.and_then(|profile| lookup::get(doc, profile, b"Alternate")) {
                Some(alternate) if depth > 0 => Self::from_object(doc, alternate, depth - 1),
                _ => ColorSpace::Gray,
            },
        }
    }

    /// The colour of these components.
    pub(crate) fn color(self, v: &[f32]) -> u32 {
        let at = |index: usize| v.get(index).copied().unwrap_or(0.0);
        match (self, v.len()) {
            (ColorSpace::Pattern, _) => 0,
            (ColorSpace::Lab, _) => gray(at(0) / 100.0),
            (ColorSpace::Ink, _) => gray(1.0 - v.iter().copied().fold(0.0, f32::max)),
            (ColorSpace::Rgb, 3..) => rgb(at(0), at(1), at(2)),
            (ColorSpace::Cmyk, 4..) => cmyk(at(0), at(1), at(2), at(3)),
            _ => gray(at(0)),
        }
    }
}
