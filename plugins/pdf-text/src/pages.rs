//! The page tree: pages in order with what they inherit.

use lopdf::{Dictionary, Document, Object, ObjectId};
use mortise_sdk::PluginError;
use rustc_hash::FxHashSet;

use crate::load::{MAX_PAGES, too_many_pages};
use crate::lookup;
use crate::matrix::Matrix;

/// US Letter, for pages that do not say.
const DEFAULT_BOX: [f32; 4] = [0.0, 0.0, 612.0, 792.0];
/// Nodes a tree may have beside its pages.
const MAX_NODES: usize = 20_000;

/// One page and the attributes it has or inherits.
#[derive(Clone)]
pub(crate) struct PageNode<'a> {
    pub(crate) dict: &'a Dictionary,
    pub(crate) resources: Option<&'a Dictionary>,
    media: Option<[f32; 4]>,
    crop: Option<[f32; 4]>,
    rotate: i32,
}

impl<'a> PageNode<'a> {
    fn new(dict: &'a Dictionary) -> Self {
        PageNode { dict, resources: None, media: None, crop: None, rotate: 0 }
    }

    /// The same attributes with those of `dict` over them.
    fn child(&self, doc: &'a Document, dict: &'a Dictionary) -> Self {
        PageNode {
            dict,
            resources: lookup::dict(doc, dict, b"Resources").or(self.resources),
            media: lookup::numbers(doc, dict, b"MediaBox").or(self.media),
            crop: lookup::numbers(doc, dict, b"CropBox").or(self.crop),
            rotate: lookup::number(doc, dict, b"Rotate").map_or(self.rotate, |angle| angle as i32),
        }
    }

    fn visible_box(&self) -> [f32; 4] {
        let sorted = |b: [f32; 4]| [b[0].min(b[2]), b[1].min(b[3]), b[0].max(b[2]), b[1].max(b[3])];
        let sound =
            |b: &[f32; 4]| b[2] - b[0] >= 1.0 && b[3] - b[1] >= 1.0 && b.iter().all(|edge| edge.abs() < 1e6);
        let media = self.media.map(sorted).filter(sound).unwrap_or(DEFAULT_BOX);
        let Some(crop) = self.crop.map(sorted).filter(sound) else { return media };
        let cut =
            [crop[0].max(media[0]), crop[1].max(media[1]), crop[2].min(media[2]), crop[3].min(media[3])];
        if sound(&cut) { cut } else { media }
    }

    /// Width, height and the way from the page's own space to points from the upper left corner.
    pub(crate) fn geometry(&self) -> (f32, f32, Matrix) {
        let [x0, y0, x1, y1] = self.visible_box();
        let (width, height) = (x1 - x0, y1 - y0);
        match self.rotate.rem_euclid(360) / 90 {
            1 => (height, width, Matrix::new([0.0, 1.0, 1.0, 0.0, -y0, -x0])),
            2 => (width, height, Matrix::new([-1.0, 0.0, 0.0, 1.0, x1, -y0])),
            3 => (height, width, Matrix::new([0.0, -1.0, -1.0, 0.0, y1, x1])),
            _ => (width, height, Matrix::new([1.0, 0.0, 0.0, -1.0, -x0, y1])),
        }
    }

    /// The content streams, joined as the standard says.
    pub(crate) fn content(&self, doc: &'a Document, budget: &crate::inflate::Budget) -> Vec<u8> {
        let mut streams = Vec::new();
        match lookup::get(doc, self.dict, b"Contents") {
            Some(Object::Stream(stream)) => streams.push(stream),
            Some(Object::Array(items)) => {
                streams.extend(
                    items.iter().take(10_000).filter_map(|item| lookup::resolve(doc, item).as_stream().ok()),
                );
            }
            _ => {}
        }
        let mut content = Vec::new();
        for stream in streams {
            let part = budget.plain(stream).unwrap_or_default();
            if content.is_empty() {
                content = part;
            } else {
                content.push(b'\n');
                content.extend_from_slice(&part);
            }
        }
        content
    }
}

/// The pages in order. Refuses a document of too many before it looks at any.
pub(crate) fn pages<'a>(doc: &'a Document) -> Result<Vec<PageNode<'a>>, PluginError> {
    let root = doc.catalog().ok().and_then(|catalog| lookup::dict(doc, catalog, b"Pages"));
    let mut pages = Vec::new();
    if let Some(root) = root {
        let stated = lookup::number(doc, root, b"Count").unwrap_or(0.0).max(0.0) as usize;
        let objects = doc.objects.len();
        // The count is only a claim: it cannot exceed the objects of the file.
        if stated > MAX_PAGES && objects > MAX_PAGES {
            return Err(too_many_pages(stated.min(objects)));
        }
        walk(doc, root, &mut pages)?;
    }
    if pages.is_empty() {
        // A broken tree: take pages where they lie.
        let loose = doc.objects.values().filter_map(|object| object.as_dict().ok());
        let none = PageNode::new(&doc.trailer);
        pages.extend(
            loose.filter(|dict| dict.has_type(b"Page")).take(MAX_PAGES + 1).map(|dict| none.child(doc, dict)),
        );
        if pages.len() > MAX_PAGES {
            return Err(too_many_pages(pages.len()));
        }
    }
    Ok(pages)
}

fn walk<'a>(
    doc: &'a Document,
    root: &'a Dictionary,
    pages: &mut Vec<PageNode<'a>>,
) -> Result<(), PluginError> {
    let mut seen: FxHashSet<ObjectId> = FxHashSet::default();
    let mut nodes = 0;
    let mut stack = vec![PageNode::new(root).child(doc, root)];
    while let Some(node) = stack.pop() {
        nodes += 1;
        if nodes > MAX_NODES {
            break;
        }
        let Some(kids) = lookup::array(doc, node.dict, b"Kids") else {
            if !node.dict.has_type(b"Pages") {
                pages.push(node);
                if pages.len() > MAX_PAGES {
                    return Err(too_many_pages(pages.len()));
                }
            }
            continue;
        };
        for kid in kids.iter().take(MAX_NODES).rev() {
            // A node that is its own descendant is visited once.
            let fresh = kid.as_reference().map_or(true, |id| seen.insert(id));
            if let Some(dict) = lookup::as_dict(lookup::resolve(doc, kid)).filter(|_| fresh) {
                stack.push(node.child(doc, dict));
            }
        }
    }
    Ok(())
}
