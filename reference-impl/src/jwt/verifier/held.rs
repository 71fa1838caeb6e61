//! A table of a bounded number of entries: the least recently used goes first. Pure.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Entries, in the order in which they were last used.
///
/// Both looking one up and letting one go cost a few steps in a tree, however many there are: nobody can make
/// the table slow by filling it.
#[derive(Debug)]
pub struct RecentlyUsed<K, V> {
    entries: HashMap<K, (u64, V)>,
    order: BTreeMap<u64, K>,
    uses: u64,
    most: usize,
}

impl<K: Clone + Eq + Hash, V> RecentlyUsed<K, V> {
    /// An empty table for so many entries, one at the least.
    pub fn new(most: usize) -> Self {
        Self {
            entries: HashMap::new(),
            order: BTreeMap::new(),
            uses: 0,
            most: most.max(1),
        }
    }

    /// The entry of this key, which is used by that.
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        let (last_used, value) = self.entries.get_mut(key)?;
        // One that was used last anyway need not be moved.
        if *last_used != self.uses {
            let own = self.order.remove(last_used)?;
            self.uses += 1;
            *last_used = self.uses;
            self.order.insert(self.uses, own);
        }
        Some(value)
    }

    /// Puts an entry into the place of the one that this key has.
    pub fn put(&mut self, key: K, value: V) {
        self.uses += 1;
        let earlier = self.entries.insert(key.clone(), (self.uses, value));
        if let Some((last_used, _)) = earlier {
            self.order.remove(&last_used);
        }
        self.order.insert(self.uses, key);
        if self.entries.len() > self.most
            && let Some((_, least)) = self.order.pop_first()
        {
            self.entries.remove(&least);
        }
    }

    /// Drops the entry of this key.
    pub fn remove(&mut self, key: &K) {
        if let Some((last_used, _)) = self.entries.remove(key) {
            self.order.remove(&last_used);
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let mut table = RecentlyUsed::new(3);
        for key in 1..=3 {
            table.put(key, key * 10);
        }
        assert_eq!(table.get(&1), Some(&mut 10));
        table.put(2, 21);
        table.put(4, 40);
        assert_eq!(table.get(&3), None);
        assert_eq!(
            [1, 2, 4].map(|key| table.get(&key).copied()),
            [Some(10), Some(21), Some(40)]
        );
        table.remove(&2);
        table.put(5, 50);
        assert_eq!(table.get(&1), Some(&mut 10));
        assert_eq!((table.len(), table.order.len()), (3, 3));
    }
}
