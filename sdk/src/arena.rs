//! Memory for calls that are short: quicker than the C library's, which Rust takes otherwise.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr;

/// A global allocator for plugins that are called often and not for long, a scoring rule above all.
///
/// Blocks are cut off one after the other, beginning with 64 KiB that are part of the plugin. What is given back is used
/// again for blocks of the same size, which are whole sixteens of bytes up to 1 KiB and beyond that a quarter of a power of two
/// apart; blocks are not joined.
///
/// ```
/// #[cfg(target_arch = "wasm32")]
/// #[global_allocator]
/// static ARENA: mortise_sdk::Arena = mortise_sdk::Arena::new();
/// ```
pub struct Arena(UnsafeCell<State>);

// SAFETY: WebAssembly without shared memory has one thread. Elsewhere it is no static.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl Sync for Arena {}

/// What every block is a multiple of, and begins at.
const UNIT: usize = 16;
/// Up to here there is a list for every multiple.
const SMALL: usize = 1 << SMALL_BITS;
const SMALL_BITS: u32 = 10;
/// Lists of one power of two beyond.
const STEPS_BITS: u32 = 2;
const LISTS: usize = SMALL / UNIT + ((usize::BITS - SMALL_BITS) as usize) * (1 << STEPS_BITS);
const FIRST: usize = 64 << 10;
/// Of WebAssembly's memory.
const PAGE: usize = 64 << 10;

#[repr(align(16))]
struct First([MaybeUninit<u8>; FIRST]);

/// All zero at first, so that it takes no room in the component.
struct State {
    /// Where the next block would begin, and what it may reach to.
    top: *mut u8,
    end: *mut u8,
    /// The first of the blocks that were given back, by size; each begins with the address of the next.
    free: [*mut u8; LISTS],
    first: First,
}

impl Arena {
    /// One that has given out nothing.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only a constant is of any use")]
    pub const fn new() -> Self {
        Self(UnsafeCell::new(State {
            top: ptr::null_mut(),
            end: ptr::null_mut(),
            free: [ptr::null_mut(); LISTS],
            first: First([MaybeUninit::uninit(); FIRST]),
        }))
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena").finish_non_exhaustive()
    }
}

// SAFETY: a block is cut off above all others, or was given back and had the same size; both begin at a multiple of 16, or of
// what is asked for.
unsafe impl GlobalAlloc for Arena {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: there is one thread, and nothing in here asks for memory.
        let state = unsafe { &mut *self.0.get() };
        let size = rounded(layout.size());
        let list = &mut state.free[place(size)];
        if list.is_null() || layout.align() > UNIT {
            return state.cut(size, layout.align());
        }
        let block = *list;
        // SAFETY: blocks in a list begin with an address.
        *list = unsafe { block.cast::<*mut u8>().read() };
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        let state = unsafe { &mut *self.0.get() };
        let size = rounded(layout.size());
        if block.wrapping_add(size) == state.top {
            state.top = block;
            return;
        }
        let list = &mut state.free[place(size)];
        // SAFETY: the block is ours again, and has room for an address at a multiple of 16.
        unsafe { block.cast::<*mut u8>().write(*list) };
        *list = block;
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let (before, after) = (rounded(layout.size()), rounded(new_size));
        if before == after {
            return block;
        }
        {
            // SAFETY: as above, until the end of these brackets.
            let state = unsafe { &mut *self.0.get() };
            if block.wrapping_add(before) == state.top && after <= state.end.addr() - block.addr() {
                state.top = block.wrapping_add(after);
                return block;
            }
        }
        // SAFETY: the caller vouches for the size, and the alignment is one already.
        let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
        if !moved.is_null() {
            // SAFETY: the new block is another one, and both hold so many bytes.
            unsafe { ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size)) };
            // SAFETY: the caller gives the old one up.
            unsafe { self.dealloc(block, layout) };
        }
        moved
    }
}

impl State {
    /// A block above all others; null where there is no more memory.
    #[inline]
    fn cut(&mut self, size: usize, align: usize) -> *mut u8 {
        let block = self.top.wrapping_add(self.top.align_offset(align.max(UNIT)));
        let room = self.end.addr().checked_sub(block.addr());
        if room.is_some_and(|room| size <= room) && !block.is_null() {
            self.top = block.wrapping_add(size);
            return block;
        }
        self.cut_from_more(size, align)
    }

    #[cold]
    fn cut_from_more(&mut self, size: usize, align: usize) -> *mut u8 {
        if self.end.is_null() {
            self.top = self.first.0.as_mut_ptr().cast();
            self.end = self.top.wrapping_add(FIRST);
            return self.cut(size, align);
        }
        let pages = size.saturating_add(align).div_ceil(PAGE);
        let Some(more) = more(pages) else { return ptr::null_mut() };
        // Others may have taken some meanwhile.
        if more != self.end {
            self.top = more;
        }
        self.end = more.wrapping_add(pages * PAGE);
        self.cut(size, align)
    }
}

/// So many more pages.
#[cfg(target_arch = "wasm32")]
fn more(pages: usize) -> Option<*mut u8> {
    let before = core::arch::wasm32::memory_grow::<0>(pages);
    (before != usize::MAX).then(|| ptr::with_exposed_provenance_mut(before * PAGE))
}

#[cfg(not(target_arch = "wasm32"))]
fn more(pages: usize) -> Option<*mut u8> {
    let layout = Layout::from_size_align(pages.checked_mul(PAGE)?, PAGE).ok()?;
    // SAFETY: some pages are not nothing.
    let block = unsafe { std::alloc::System.alloc(layout) };
    (!block.is_null()).then_some(block)
}

/// How long the block for so many bytes is.
#[inline]
const fn rounded(size: usize) -> usize {
    if size <= SMALL {
        let size = if size == 0 { 1 } else { size };
        return size.next_multiple_of(UNIT);
    }
    size.next_multiple_of(1 << ((size - 1).ilog2() - STEPS_BITS))
}

/// Which list blocks of such a length are in.
#[inline]
const fn place(rounded: usize) -> usize {
    if rounded <= SMALL {
        return rounded / UNIT - 1;
    }
    let bits = (rounded - 1).ilog2();
    let step = ((rounded - 1) >> (bits - STEPS_BITS)) & ((1 << STEPS_BITS) - 1);
    SMALL / UNIT + ((bits - SMALL_BITS) as usize) * (1 << STEPS_BITS) + step
}

#[cfg(test)]
mod tests {
    use std::alloc::{GlobalAlloc, Layout};

    use super::{Arena, FIRST, LISTS, UNIT, place, rounded};

    /// A block and what it was filled with.
    struct Held {
        block: *mut u8,
        layout: Layout,
        fill: u8,
    }

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).expect("it is one")
    }

    fn hold(block: *mut u8, layout: Layout, fill: u8) -> Held {
        assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()), "{layout:?}");
        // SAFETY: the block is this long.
        unsafe { block.write_bytes(fill, layout.size()) };
        Held { block, layout, fill }
    }

    fn check(held: &Held, size: usize) {
        // SAFETY: the block is at least this long, and was filled.
        let bytes = unsafe { std::slice::from_raw_parts(held.block, size) };
        assert!(bytes.iter().all(|byte| *byte == held.fill), "{:?}", held.layout);
    }

    #[test]
    fn no_two_blocks_ever_share_a_byte() {
        let arena = Arena::new();
        let mut seed = 7_u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).expect("it is small") % below
        };
        let mut held: Vec<Held> = Vec::new();
        for turn in 0..20_000_u32 {
            let fill = turn.to_le_bytes()[0];
            let most = [40, 700, 5_000, 200_000][next(4)];
            let size = 1 + next(most);
            match next(5) {
                0 | 1 if held.len() < 200 => {
                    let align = 1 << next(9);
                    let layout = layout(size, align);
                    // SAFETY: the layout is not empty. So below.
                    held.push(hold(unsafe { arena.alloc(layout) }, layout, fill));
                }
                2 if !held.is_empty() => {
                    let chosen = next(held.len());
                    let Held { block, layout: before, fill: old } = held.swap_remove(chosen);
                    // SAFETY: the block is the arena's.
                    let block = unsafe { arena.realloc(block, before, size) };
                    let after = layout(size, before.align());
                    check(&Held { block, layout: after, fill: old }, size.min(before.size()));
                    held.push(hold(block, after, fill));
                }
                _ if !held.is_empty() => {
                    let gone = held.swap_remove(next(held.len()));
                    check(&gone, gone.layout.size());
                    // SAFETY: the block is the arena's.
                    unsafe { arena.dealloc(gone.block, gone.layout) };
                }
                _ => {}
            }
        }
        held.iter().for_each(|held| check(held, held.layout.size()));
    }

    #[test]
    fn what_was_given_back_is_used_again() {
        let arena = Arena::new();
        let sizes = [24, 100, 1_000, 3_000];
        for _ in 0..10_000 {
            // Not in the order in which the last one could simply be taken back.
            let blocks = sizes.map(|size| {
                // SAFETY: the layout is not empty.
                let block = unsafe { arena.alloc(layout(size, 8)) };
                (block, layout(size, 8))
            });
            for (block, layout) in blocks {
                // SAFETY: the block is the arena's.
                unsafe { arena.dealloc(block, layout) };
            }
        }
        // SAFETY: nobody else looks at it.
        let state = unsafe { &*arena.0.get() };
        assert_eq!(state.end.addr() - (&raw const state.first).addr(), FIRST, "the first pages are enough");
    }

    #[test]
    fn a_length_has_a_list_of_its_own() {
        let mut last = (0, usize::MAX);
        for size in (0..70_000).chain([1 << 20, (1 << 20) + 1, (1 << 31) - 1]) {
            let (length, list) = (rounded(size), place(rounded(size)));
            assert!(length >= size && length.is_multiple_of(UNIT) && list < LISTS, "{size}");
            assert!(length <= size.max(1_024 / 4 * 5) / 4 * 5 + UNIT, "{size} takes {length}");
            assert_eq!(rounded(length), length);
            assert_eq!(length == last.0, list == last.1, "{size}");
            last = (length, list);
        }
    }
}
