//! Packs as bytes: how the build script stores what it read, and how a start takes it up again.
//!
//! Each type is read by a small function of its own. A library's would be merged into few large ones, whose variables are more than the stack of a module
//! in Fluent Bit (8 KiB) holds.

use std::borrow::Cow;
use std::sync::Arc;

/// Values that can be stored.
pub trait Stored: Sized {
    fn store(&self, out: &mut Vec<u8>);

    /// Takes a value off the beginning; `None` where the bytes hold none.
    fn load(from: &mut &[u8]) -> Option<Self>;

    fn store_list(list: &[Self], out: &mut Vec<u8>) {
        list.iter().for_each(|one| one.store(out));
    }

    /// A counted list of them.
    #[inline(never)]
    fn load_list(from: &mut &[u8], count: usize) -> Option<Vec<Self>> {
        let mut list = Vec::with_capacity(count.min(from.len()));
        for _ in 0..count {
            list.push(Self::load(from)?);
        }
        Some(list)
    }
}

/// Implements `Stored`: of a struct its fields in order, of an enum the number of the variant and then its fields.
macro_rules! stored {
    (struct $name:ident { $($field:tt),+ $(,)? }) => {
        impl $crate::stored::Stored for $name {
            fn store(&self, out: &mut Vec<u8>) {
                $($crate::stored::Stored::store(&self.$field, out);)+
            }

            #[inline(never)]
            fn load(from: &mut &[u8]) -> Option<$name> {
                Some($name { $($field: $crate::stored::Stored::load(from)?),+ })
            }
        }
    };
    (enum $name:ident { $($number:literal $variant:ident { $($field:tt: $bound:ident),* }),+ $(,)? }) => {
        impl $crate::stored::Stored for $name {
            fn store(&self, out: &mut Vec<u8>) {
                match self {
                    $($name::$variant { $($field: $bound),* } => {
                        out.push($number);
                        $($crate::stored::Stored::store($bound, out);)*
                    })+
                }
            }

            #[inline(never)]
            fn load(from: &mut &[u8]) -> Option<$name> {
                match <u8 as $crate::stored::Stored>::load(from)? {
                    $($number => Some($name::$variant { $($field: $crate::stored::Stored::load(from)?),* }),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use stored;

/// Takes so many bytes off the beginning.
#[inline(always)]
fn bytes<'f>(from: &mut &'f [u8], count: usize) -> Option<&'f [u8]> {
    let (head, rest) = from.split_at_checked(count)?;
    *from = rest;
    Some(head)
}

impl Stored for u8 {
    fn store(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    #[inline(always)]
    fn load(from: &mut &[u8]) -> Option<u8> {
        let (first, rest) = from.split_first()?;
        *from = rest;
        Some(*first)
    }

    #[inline(never)]
    fn load_list(from: &mut &[u8], count: usize) -> Option<Vec<u8>> {
        bytes(from, count).map(<[u8]>::to_vec)
    }
}

impl Stored for bool {
    fn store(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    #[inline(always)]
    fn load(from: &mut &[u8]) -> Option<bool> {
        u8::load(from).map(|byte| byte != 0)
    }
}

impl Stored for u64 {
    /// Seven bits a byte, the lowest first.
    fn store(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest = rest.wrapping_shr(7);
        }
        out.push(rest as u8);
    }

    #[inline(always)]
    fn load(from: &mut &[u8]) -> Option<u64> {
        // Most are lengths of one byte.
        match *from {
            [first @ ..0x80, rest @ ..] => {
                *from = rest;
                Some(u64::from(*first))
            }
            _ => number(from),
        }
    }
}

/// A number of several bytes.
#[inline(never)]
fn number(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = u8::load(from)?;
        number |= u64::from(byte & 0x7f).wrapping_shl(shift);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

impl Stored for usize {
    fn store(&self, out: &mut Vec<u8>) {
        (*self as u64).store(out);
    }

    #[inline(always)]
    fn load(from: &mut &[u8]) -> Option<usize> {
        usize::try_from(u64::load(from)?).ok()
    }
}

/// Numbers as their bytes.
macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Stored for $number {
            fn store(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            #[inline(never)]
            fn load(from: &mut &[u8]) -> Option<$number> {
                bytes(from, size_of::<$number>()).and_then(|bytes| bytes.try_into().ok()).map(<$number>::from_le_bytes)
            }
        })+
    };
}

numbers!(u16, i64, u128, f64);

impl Stored for String {
    fn store(&self, out: &mut Vec<u8>) {
        self.len().store(out);
        out.extend_from_slice(self.as_bytes());
    }

    #[inline(never)]
    fn load(from: &mut &[u8]) -> Option<String> {
        let count = usize::load(from)?;
        // At the beginning of a piece of memory of its own, it is checked in fewer steps.
        String::from_utf8(bytes(from, count)?.to_vec()).ok()
    }
}

impl Stored for Cow<'static, [u8]> {
    fn store(&self, out: &mut Vec<u8>) {
        self.to_vec().store(out);
    }

    fn load(from: &mut &[u8]) -> Option<Cow<'static, [u8]>> {
        Vec::load(from).map(Cow::Owned)
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn store(&self, out: &mut Vec<u8>) {
        self.len().store(out);
        T::store_list(self, out);
    }

    #[inline(never)]
    fn load(from: &mut &[u8]) -> Option<Vec<T>> {
        let count = usize::load(from)?;
        T::load_list(from, count)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn store(&self, out: &mut Vec<u8>) {
        self.is_some().store(out);
        self.iter().for_each(|one| one.store(out));
    }

    #[inline(never)]
    fn load(from: &mut &[u8]) -> Option<Option<T>> {
        Some(if bool::load(from)? { Some(T::load(from)?) } else { None })
    }
}

impl<T: Stored> Stored for Box<T> {
    fn store(&self, out: &mut Vec<u8>) {
        (**self).store(out);
    }

    #[inline(never)]
    fn load(from: &mut &[u8]) -> Option<Box<T>> {
        T::load(from).map(Box::new)
    }
}

impl<T: Stored> Stored for Arc<T> {
    fn store(&self, out: &mut Vec<u8>) {
        (**self).store(out);
    }

    #[inline(never)]
    fn load(from: &mut &[u8]) -> Option<Arc<T>> {
        T::load(from).map(Arc::new)
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn store(&self, out: &mut Vec<u8>) {
        self.0.store(out);
        self.1.store(out);
    }

    #[inline(never)]
    fn load(from: &mut &[u8]) -> Option<(A, B)> {
        Some((A::load(from)?, B::load(from)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_loaded() {
        let all = (
            vec![(String::from("ä"), Some(-7i64)), (String::new(), None)],
            (vec![0u64, 127, 128, u64::MAX], Box::new((1.5f64, u128::MAX))),
        );
        let mut out = Vec::new();
        all.store(&mut out);
        assert_eq!(Stored::load(&mut out.as_slice()), Some(all));
    }

    #[test]
    fn what_is_cut_short_is_none() {
        let mut out = Vec::new();
        vec![String::from("abc"), String::from("d")].store(&mut out);
        for len in 0..out.len() {
            assert_eq!(Vec::<String>::load(&mut out.get(..len).unwrap_or_default()), None, "{len}");
        }
    }
}
