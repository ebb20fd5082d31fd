//! A list of which only a part is on the screen: which row is selected, and which is the first to be seen.

use std::ops::Range;

/// How to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Motion {
    /// To the row above.
    Up,
    /// To the row below.
    Down,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

/// Selection and scroll position. Knows neither the rows nor how many there are: both may change at any time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The selected row.
    pub selected: usize,
    /// The first row on the screen.
    pub offset: usize,
    /// Rows on the screen, as of the last [`List::fit`].
    height: usize,
}

impl List {
    /// Moves the selection within `len` rows; left and right are not its business.
    pub fn go(&mut self, motion: Motion, len: usize) {
        let page = self.height.saturating_sub(1).max(1);
        let selected = match motion {
            Motion::Up => self.selected.saturating_sub(1),
            Motion::Down => self.selected + 1,
            Motion::PageUp => self.selected.saturating_sub(page),
            Motion::PageDown => self.selected + page,
            Motion::First => 0,
            Motion::Last => usize::MAX,
            Motion::Left | Motion::Right => self.selected,
        };
        self.selected = selected.min(len.saturating_sub(1));
    }

    /// Moves the first row so that the selected one is among the `height` rows on the screen.
    pub fn fit(&mut self, len: usize, height: usize) {
        self.height = height;
        self.selected = self.selected.min(len.saturating_sub(1));
        let lowest = self.selected.saturating_sub(height.saturating_sub(1));
        self.offset = self.offset.clamp(lowest, self.selected.max(lowest)).min(len.saturating_sub(height));
    }

    /// Moves the first row of a text, which has no selected one.
    pub fn scroll(&mut self, motion: Motion, len: usize) {
        let page = self.height.saturating_sub(1).max(1);
        let offset = match motion {
            Motion::Up => self.offset.saturating_sub(1),
            Motion::Down => self.offset + 1,
            Motion::PageUp => self.offset.saturating_sub(page),
            Motion::PageDown => self.offset + page,
            Motion::First => 0,
            Motion::Last => usize::MAX,
            Motion::Left | Motion::Right => self.offset,
        };
        self.offset = offset.min(len.saturating_sub(self.height));
    }

    /// Keeps the first row of a text where there is something below it.
    pub fn hold(&mut self, len: usize, height: usize) {
        self.height = height;
        self.offset = self.offset.min(len.saturating_sub(height));
    }

    /// The rows on the screen.
    pub fn visible(&self, len: usize) -> Range<usize> {
        self.offset.min(len)..(self.offset + self.height).min(len)
    }

    /// Selects the row that a click `row` rows below the first one hit.
    pub fn click(&mut self, row: u16, len: usize) -> bool {
        let hit = self.offset + usize::from(row);
        let inside = hit < len;
        if inside {
            self.selected = hit;
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selected_row_stays_on_the_screen() {
        let mut list = List::default();
        list.fit(100, 10);
        list.go(Motion::PageDown, 100);
        list.go(Motion::PageDown, 100);
        list.fit(100, 10);
        assert_eq!((list.selected, list.visible(100)), (18, 9..19));
        list.go(Motion::Last, 100);
        list.fit(100, 10);
        assert_eq!(list.visible(100), 90..100);
        list.fit(5, 10);
        assert_eq!((list.selected, list.visible(5)), (4, 0..5));
    }

    #[test]
    fn nothing_to_show_is_no_trouble() {
        let mut list = List::default();
        list.go(Motion::Last, 0);
        list.fit(0, 0);
        assert_eq!((list.selected, list.visible(0)), (0, 0..0));
        assert!(!list.click(3, 0));
    }
}
