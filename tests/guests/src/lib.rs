//! What more than one guest needs; the guests are the examples of this package, the README lists them.

/// New pages at the end of memory, exactly as the host gives them; none when it refuses.
pub fn grow(pages: usize) -> Option<&'static mut [u8]> {
    const PAGE: usize = 64 << 10;
    #[cfg(target_arch = "wasm32")]
    {
        let before = core::arch::wasm32::memory_grow::<0>(pages);
        // SAFETY: the pages were added by this call, the allocator does not know them, nobody else has them.
        (before != usize::MAX)
            .then(|| unsafe { core::slice::from_raw_parts_mut((before * PAGE) as *mut u8, pages * PAGE) })
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        Some(vec![0; pages * PAGE].leak())
    }
}

/// A new handle of the standard output, which nobody gives back.
pub fn standard_output() -> u32 {
    #[cfg(target_arch = "wasm32")]
    {
        #[link(wasm_import_module = "wasi:cli/stdout@0.2.0")]
        unsafe extern "C" {
            #[link_name = "get-stdout"]
            fn get_stdout() -> u32;
        }
        // SAFETY: it takes nothing and answers a number.
        unsafe { get_stdout() }
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        0
    }
}
