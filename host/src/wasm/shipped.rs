//! The plugins that come with the server, built from source by the build script. Nothing about them is special:
//! same checks, same limits as any other component.

pub(crate) struct Shipped {
    pub(crate) name: &'static str,
    /// SHA-256, computed when it was built.
    pub(crate) digest: &'static str,
    pub(crate) component: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));
