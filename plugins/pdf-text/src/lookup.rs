//! Typed look-ups in dictionaries, following references.

use lopdf::{Dictionary, Document, Object};

/// The object behind references; `Null` where there is none.
pub(crate) fn resolve<'a>(doc: &'a Document, object: &'a Object) -> &'a Object {
    match doc.dereference(object) {
        Ok((_, found)) => found,
        Err(_) => &Object::Null,
    }
}

pub(crate) fn get<'a>(doc: &'a Document, dict: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let found = resolve(doc, dict.get(key).ok()?);
    (!found.is_null()).then_some(found)
}

/// A dictionary, or the dictionary of a stream.
pub(crate) fn as_dict(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dict) => Some(dict),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    }
}

pub(crate) fn dict<'a>(doc: &'a Document, parent: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
    as_dict(get(doc, parent, key)?)
}

pub(crate) fn array<'a>(doc: &'a Document, parent: &'a Dictionary, key: &[u8]) -> Option<&'a Vec<Object>> {
    get(doc, parent, key)?.as_array().ok()
}

pub(crate) fn name<'a>(doc: &'a Document, parent: &'a Dictionary, key: &[u8]) -> Option<&'a [u8]> {
    get(doc, parent, key)?.as_name().ok()
}

pub(crate) fn number(doc: &Document, parent: &Dictionary, key: &[u8]) -> Option<f32> {
    as_number(doc, get(doc, parent, key)?)
}

pub(crate) fn as_number(doc: &Document, object: &Object) -> Option<f32> {
    resolve(doc, object).as_float().ok().filter(|value| value.is_finite())
}

/// An array of exactly `N` numbers or more; the rest is ignored.
pub(crate) fn numbers<const N: usize>(doc: &Document, parent: &Dictionary, key: &[u8]) -> Option<[f32; N]> {
    let items = array(doc, parent, key)?;
    let mut values = [0.0; N];
    for (slot, item) in values.iter_mut().zip(items.get(..N)?) {
        *slot = as_number(doc, item)?;
    }
    Some(values)
}
