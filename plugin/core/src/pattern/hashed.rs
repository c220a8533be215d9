//! Values by hashes of texts. A map that compares texts takes five times as long, which is seen at the start.

/// Each value is at the first free place from its home on; at most half of the places are taken, so a search ends.
#[derive(Debug)]
pub(super) struct Hashed<V> {
    places: Vec<Option<(u64, V)>>,
    count: usize,
}

impl<V> Default for Hashed<V> {
    fn default() -> Hashed<V> {
        Hashed { places: Vec::new(), count: 0 }
    }
}

impl<V> Hashed<V> {
    /// The value of this hash that is the one looked for: other texts may have the hash too.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(&V) -> bool) -> Option<&V> {
        let place = self.place(hash, is_it)?;
        self.places.get(place)?.as_ref().map(|(_, value)| value)
    }

    pub(super) fn find_mut(&mut self, hash: u64, is_it: impl Fn(&V) -> bool) -> Option<&mut V> {
        let place = self.place(hash, is_it)?;
        self.places.get_mut(place)?.as_mut().map(|(_, value)| value)
    }

    pub(super) fn add(&mut self, hash: u64, value: V) {
        if self.count.saturating_mul(2) >= self.places.len() {
            let size = self.places.len().saturating_mul(2).max(64);
            let free = std::iter::repeat_with(|| None).take(size).collect();
            let held = std::mem::replace(&mut self.places, free);
            held.into_iter().flatten().for_each(|held| self.put(held));
        }
        self.count = self.count.saturating_add(1);
        self.put((hash, value));
    }

    fn put(&mut self, held: (u64, V)) {
        let mut place = self.home(held.0);
        while self.places.get(place).is_some_and(Option::is_some) {
            place = self.next(place);
        }
        if let Some(free) = self.places.get_mut(place) {
            *free = Some(held);
        }
    }

    fn place(&self, hash: u64, is_it: impl Fn(&V) -> bool) -> Option<usize> {
        let mut place = self.home(hash);
        loop {
            let (held, value) = self.places.get(place)?.as_ref()?;
            if *held == hash && is_it(value) {
                return Some(place);
            }
            place = self.next(place);
        }
    }

    fn home(&self, hash: u64) -> usize {
        hash.wrapping_shr(32) as usize & self.places.len().wrapping_sub(1)
    }

    fn next(&self, place: usize) -> usize {
        place.wrapping_add(1) & self.places.len().wrapping_sub(1)
    }
}
