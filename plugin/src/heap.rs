//! The C heap: `malloc` and `free`, through which hosts hand records over, and the rest of the family, which the C library asks for.
//!
//! A host takes two pieces for each call, a tag's and a record's, and gives them back after it. Two places of fixed size are kept for them, so that neither costs a search;
//! what finds no place there goes to the allocator that Rust has too.
#![expect(unsafe_code, reason = "C's allocation functions deal in pointers")]

use dlmalloc::GlobalDlmalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::cell::{Cell, UnsafeCell};
use std::ptr::null_mut;

#[global_allocator]
static HEAP: GlobalDlmalloc = GlobalDlmalloc;

/// Alignment of allocations, and length of the header before each allocation, which contains its size.
const ALIGN: usize = 16;

/// A piece that is kept.
#[repr(C, align(16))]
struct Place<const ROOM: usize> {
    bytes: UnsafeCell<[u8; ROOM]>,
    is_lent: Cell<bool>,
}

// SAFETY: the module has one thread.
unsafe impl<const ROOM: usize> Sync for Place<ROOM> {}

static SHORT: Place<512> = Place::new();
static LONG: Place<{ 64 << 10 }> = Place::new();

impl<const ROOM: usize> Place<ROOM> {
    const fn new() -> Place<ROOM> {
        Place { bytes: UnsafeCell::new([0; ROOM]), is_lent: Cell::new(false) }
    }

    fn start(&self) -> *mut u8 {
        self.bytes.get().cast()
    }

    /// How many bytes it has, if the piece is this one.
    fn room(&self, piece: *mut u8) -> Option<usize> {
        (piece == self.start()).then_some(ROOM)
    }

    fn lend(&self, size: usize) -> Option<*mut u8> {
        let has_room = size <= ROOM && !self.is_lent.get();
        has_room.then(|| {
            self.is_lent.set(true);
            self.start()
        })
    }

    /// True if the piece was this one.
    fn take_back(&self, piece: *mut u8) -> bool {
        let is_mine = self.room(piece).is_some();
        if is_mine {
            self.is_lent.set(false);
        }
        is_mine
    }
}

#[unsafe(no_mangle)]
pub(crate) extern "C" fn malloc(size: usize) -> *mut u8 {
    SHORT.lend(size).or_else(|| LONG.lend(size)).unwrap_or_else(|| from_heap(size))
}

/// # Safety
/// The piece came from here and was not given back yet, or is null.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn free(piece: *mut u8) {
    if !piece.is_null() && !SHORT.take_back(piece) && !LONG.take_back(piece) {
        // SAFETY: neither place is it, so the heap gave it, with its size before it.
        unsafe { to_heap(piece) }
    }
}

#[unsafe(no_mangle)]
pub(crate) extern "C" fn calloc(count: usize, size: usize) -> *mut u8 {
    let Some(size) = count.checked_mul(size) else {
        return null_mut();
    };
    let piece = malloc(size);
    if !piece.is_null() {
        // SAFETY: it has room for so many bytes.
        unsafe { piece.write_bytes(0, size) }
    }
    piece
}

/// # Safety
/// As with `free`; what did not fit stays where it was.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn realloc(piece: *mut u8, size: usize) -> *mut u8 {
    let larger = malloc(size);
    if !piece.is_null() && !larger.is_null() {
        // SAFETY: both are pieces of at least so many bytes, and not the same one: the old one is still lent.
        unsafe {
            larger.copy_from_nonoverlapping(piece, size.min(room_of(piece)));
            free(piece);
        }
    }
    larger
}

/// The size is kept before the piece.
fn from_heap(size: usize) -> *mut u8 {
    let Some(layout) = layout(size) else {
        return null_mut();
    };
    // SAFETY: the layout is not empty, and where there is memory it has room for the size and what follows.
    unsafe {
        let start = HEAP.alloc(layout);
        if start.is_null() {
            return null_mut();
        }
        start.cast::<usize>().write(size);
        start.add(ALIGN)
    }
}

/// # Safety
/// `from_heap` gave it.
unsafe fn to_heap(piece: *mut u8) {
    // SAFETY: the size stands before it, and with it the layout that it was taken by.
    unsafe {
        if let Some(layout) = layout(room_of(piece)) {
            HEAP.dealloc(piece.sub(ALIGN), layout);
        }
    }
}

/// # Safety
/// One of the places, or a piece of the heap.
unsafe fn room_of(piece: *mut u8) -> usize {
    let place = SHORT.room(piece).or_else(|| LONG.room(piece));
    // SAFETY: a piece of the heap has its size before it.
    place.unwrap_or_else(|| unsafe { piece.sub(ALIGN).cast::<usize>().read() })
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(ALIGN)?, ALIGN).ok()
}
