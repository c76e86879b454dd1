//! Rows to groups: combinations of texts as dense numbers, so that most rows cost two array lookups.

use hashbrown::HashMap;

use super::interner::Interner;
use crate::segment::{Batch, Texts};

/// The number of a text that is null.
pub(super) const NULL: u32 = u32::MAX;

/// A column by which rows are grouped, with the numbers of each of its distinct texts: one, or one for each team.
pub(super) struct KeyColumn<'b> {
    texts: Option<Texts<'b>>,
    /// By index of the distinct text, where its numbers end in `numbers`.
    ends: Vec<usize>,
    numbers: Vec<u32>,
    /// Of rows where the column is null; `None` where it never is.
    of_null: Option<&'static [u32]>,
    /// Each text has one number.
    is_plain: bool,
}

impl<'b> KeyColumn<'b> {
    /// Texts as they are.
    pub(super) fn plain(batch: &'b Batch, name: &str, interner: &mut Interner) -> Self {
        let texts = batch.texts(name);
        let numbers: Vec<u32> =
            texts.iter().flat_map(|texts| texts.distinct()).map(|text| interner.number(text)).collect();
        Self { texts, ends: (1..=numbers.len()).collect(), numbers, of_null: of_null(texts, &[NULL]), is_plain: true }
    }

    /// Each text stands for the numbers that `numbers_of` pushes; null stands for none.
    pub(super) fn lists(batch: &'b Batch, name: &str, mut numbers_of: impl FnMut(&str, &mut Vec<u32>)) -> Self {
        let texts = batch.texts(name);
        let (mut ends, mut numbers) = (Vec::new(), Vec::new());
        for text in texts.iter().flat_map(|texts| texts.distinct()) {
            numbers_of(text, &mut numbers);
            ends.push(numbers.len());
        }
        Self { texts, ends, numbers, of_null: of_null(texts, &[]), is_plain: false }
    }

    /// Values that a row may have: the distinct texts, and null where a row has it.
    fn size(&self) -> usize {
        self.ends.len() + usize::from(self.of_null.is_some())
    }

    /// Below [`KeyColumn::size`]: the index of the text; null is the last one.
    #[inline]
    fn code(&self, row: usize) -> usize {
        self.texts.and_then(|texts| texts.key(row)).unwrap_or(self.ends.len())
    }

    fn numbers(&self, code: usize) -> &[u32] {
        match self.ends.get(code) {
            Some(end) => &self.numbers[code.checked_sub(1).map_or(0, |before| self.ends[before])..*end],
            None => self.of_null.unwrap_or_default(),
        }
    }
}

fn of_null(texts: Option<Texts<'_>>, numbers: &'static [u32]) -> Option<&'static [u32]> {
    texts.is_none_or(|texts| texts.has_nulls()).then_some(numbers)
}

/// Combinations of text numbers, numbered in order of appearance.
#[derive(Default)]
pub(super) struct Groups {
    width: usize,
    keys: Vec<u32>,
    count: u32,
    numbers: HashMap<Box<[u32]>, u32>,
    /// In place of the map where the width is one: by text number and 1, the group and 1.
    singles: Vec<u32>,
}

impl Groups {
    pub(super) fn of_width(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    pub(super) fn key(&self, group: u32) -> &[u32] {
        &self.keys[group as usize * self.width..][..self.width]
    }

    pub(super) fn find(&self, key: &[u32]) -> Option<u32> {
        match key {
            [text] => self.singles.get(text.wrapping_add(1) as usize)?.checked_sub(1),
            _ => self.numbers.get(key).copied(),
        }
    }

    pub(super) fn number(&mut self, key: &[u32]) -> u32 {
        if let Some(known) = self.find(key) {
            return known;
        }
        let new = self.count;
        self.count += 1;
        self.keys.extend_from_slice(key);
        match key {
            [text] => {
                let place = text.wrapping_add(1) as usize;
                if self.singles.len() <= place {
                    self.singles.resize(place + 1, 0);
                }
                self.singles[place] = new + 1;
            }
            _ => {
                self.numbers.insert(key.into(), new);
            }
        }
        new
    }

    /// The groups of each of `rows`, as pairs of row and group. A row with a list is in a group for each of its items.
    pub(super) fn assign(
        &mut self,
        columns: &[KeyColumn<'_>],
        rows: impl Iterator<Item = usize>,
        count: usize,
    ) -> Vec<(u32, u32)> {
        let combinations = columns.iter().map(|column| column.size() as u128).product::<u128>();
        if let [column] = columns
            && column.is_plain
        {
            return self.assign_by_one(column, rows, count);
        }
        let mut members: Vec<u32> = Vec::new();
        let mut pairs = Vec::with_capacity(count);
        let mut key = Vec::with_capacity(columns.len());
        let mut add = |row: usize, span: &mut (u32, u32)| {
            if *span == UNMET {
                let start = members.len() as u32;
                self.combine(columns, row, &mut key, &mut members);
                *span = (start, members.len() as u32);
            }
            let (start, end) = *span;
            pairs.extend(members[start as usize..end as usize].iter().map(|group| (row as u32, *group)));
        };
        match usize::try_from(combinations) {
            Ok(combinations) if combinations <= DENSE_PER_ROW * count + 1024 => {
                let mut spans = vec![UNMET; combinations];
                for row in rows {
                    let code = columns.iter().fold(0, |code, column| code * column.size() + column.code(row));
                    add(row, &mut spans[code]);
                }
            }
            _ => {
                let mut spans: HashMap<u128, (u32, u32)> = HashMap::new();
                for row in rows {
                    let digit = |code, column: &KeyColumn<'_>| code * column.size() as u128 + column.code(row) as u128;
                    add(row, spans.entry(columns.iter().fold(0, digit)).or_insert(UNMET));
                }
            }
        }
        pairs
    }

    /// The same by a column of which each value stands for one group: most questions about people.
    fn assign_by_one(
        &mut self,
        column: &KeyColumn<'_>,
        rows: impl Iterator<Item = usize>,
        count: usize,
    ) -> Vec<(u32, u32)> {
        // Only values that are met get a group.
        let mut groups: Vec<Option<u32>> = vec![None; column.size()];
        let mut pairs = Vec::with_capacity(count);
        pairs.extend(rows.map(|row| {
            let code = column.code(row);
            (row as u32, *groups[code].get_or_insert_with(|| self.number(column.numbers(code))))
        }));
        pairs
    }

    /// Every combination of the row's values.
    fn combine(&mut self, columns: &[KeyColumn<'_>], row: usize, key: &mut Vec<u32>, members: &mut Vec<u32>) {
        match columns.get(key.len()) {
            None => members.push(self.number(key)),
            Some(column) => {
                for number in column.numbers(column.code(row)) {
                    key.push(*number);
                    self.combine(columns, row, key, members);
                    key.pop();
                }
            }
        }
    }
}

/// Where the groups of a combination are listed; a span never ends before it starts, so this is none.
const UNMET: (u32, u32) = (1, 0);
/// With so many combinations for each row a table of all of them is still faster than a map of those that are met.
const DENSE_PER_ROW: usize = 16;
