//! Tables: numbers right-aligned, a dash for unknown values, an empty cell for no value.

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

pub(crate) struct Table {
    grid: Grid,
}

impl Table {
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(columns.iter().map(|(title, _)| title.to_uppercase()));
        for (index, (_, align)) in columns.iter().enumerate() {
            if let Some(column) = grid.column_mut(index) {
                column.set_padding((0, 2));
                column.set_cell_alignment(match align {
                    Align::Left => CellAlignment::Left,
                    Align::Right => CellAlignment::Right,
                });
            }
        }
        Self { grid }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.grid.add_row(cells);
    }

    pub(crate) fn print(&self) {
        for line in self.grid.lines() {
            super::line(line.trim_end());
        }
    }
}

/// A value that the provider does not report.
pub(crate) fn missing() -> String {
    "–".to_owned()
}

/// `1234567` as `1,234,567`; unknown as a dash.
pub(crate) fn count(number: Option<i64>) -> String {
    let Some(number) = number else { return missing() };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_unknown_is_a_dash() {
        let counts = [Some(0), Some(999), Some(1000), Some(-1_234_567), None];
        assert_eq!(counts.map(count), ["0", "999", "1,000", "-1,234,567", "–"]);
    }
}
