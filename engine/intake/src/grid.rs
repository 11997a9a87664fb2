//! A table of cells that may span several columns and rows, and what its rows say.

/// Most fields that spans may fill; beyond it a cell takes one field.
const FIELDS: usize = 200_000;

struct Cell {
    row: usize,
    column: usize,
    text: String,
}

/// A table as it is read, row by row.
#[derive(Default)]
pub(crate) struct Grid {
    cells: Vec<Cell>,
    /// The cell of each field, by row and column; none where nothing was put.
    rows: Vec<Vec<Option<usize>>>,
    /// Rows that have begun; below them only spans reach.
    begun: usize,
    filled: usize,
}

impl Grid {
    /// Begins a row.
    pub fn row(&mut self) {
        self.begun += 1;
        if self.rows.len() < self.begun {
            self.rows.push(Vec::new());
        }
    }

    /// Puts a cell at the next free place of the row, over so many columns and rows.
    pub fn put(&mut self, text: String, wide: usize, high: usize) {
        if self.begun == 0 {
            self.row();
        }
        let row = self.begun - 1;
        let column = self.free(row);
        let (wide, high) = (wide.clamp(1, 60), high.clamp(1, 300));
        let (wide, high) = if self.filled + wide * high > FIELDS {
            (1, 1)
        } else {
            (wide, high)
        };
        self.cells.push(Cell { row, column, text });
        let cell = self.cells.len() - 1;
        for r in row..row + high {
            for c in column..column + wide {
                self.field(r, c, cell);
            }
        }
    }

    /// Goes on with the cell above, over so many columns.
    pub fn go_on(&mut self, wide: usize) {
        let Some(row) = self.begun.checked_sub(1) else { return };
        let column = self.free(row);
        let above = row
            .checked_sub(1)
            .and_then(|r| self.rows.get(r)?.get(column).copied().flatten());
        match above {
            Some(cell) => (column..column + wide.clamp(1, 60)).for_each(|c| self.field(row, c, cell)),
            None => self.put(String::new(), wide, 1),
        }
    }

    fn free(&self, row: usize) -> usize {
        let fields = self.rows.get(row).map_or(&[][..], Vec::as_slice);
        fields.iter().position(Option::is_none).unwrap_or(fields.len())
    }

    fn field(&mut self, row: usize, column: usize, cell: usize) {
        while self.rows.len() <= row {
            self.rows.push(Vec::new());
        }
        if let Some(fields) = self.rows.get_mut(row) {
            if fields.len() <= column {
                fields.resize(column + 1, None);
            }
            if fields[column].is_none() {
                fields[column] = Some(cell);
                self.filled += 1;
            }
        }
    }

    /// The words of every row, cell by cell. A cell over several rows speaks in each of them, unless the first cell of
    /// the row does so too: then the row only goes on with the one above. Rows without words are left out.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let mut rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .take(self.begun)
            .enumerate()
            .map(|(row, fields)| {
                let begins = fields
                    .first()
                    .is_none_or(|f| f.is_none_or(|cell| self.cells[cell].row == row));
                let text = |(column, field): (usize, &Option<usize>)| {
                    let cell = field.map(|cell| &self.cells[cell]);
                    let own = cell.filter(|c| c.column == column && (begins || c.row == row));
                    own.map_or_else(String::new, |c| c.text.clone())
                };
                fields.iter().enumerate().map(text).collect()
            })
            .collect();
        self.one_head(&mut rows);
        rows.retain(|row: &Vec<String>| row.iter().any(|cell| !cell.is_empty()));
        rows
    }

    /// A head of two storeys (责任分工 over 牵头单位 and 配合单位) becomes one: the lowest words of each column.
    fn one_head(&self, rows: &mut [Vec<String>]) {
        let (Some(upper), Some(lower)) = (self.rows.first(), self.rows.get(1)) else {
            return;
        };
        let both = || upper.iter().zip(lower).enumerate();
        let deep = both().any(|(_, (a, b))| a.is_some() && a == b);
        let split = both()
            .skip(1)
            .any(|(c, (a, b))| *a == upper[c - 1] && *b != lower[c - 1]);
        let [head, below, _, ..] = rows else { return };
        if deep && split && head.len() == below.len() {
            for (upper, lower) in head.iter_mut().zip(below.iter_mut()) {
                if !lower.is_empty() {
                    *upper = std::mem::take(lower);
                }
            }
            below.iter_mut().for_each(String::clear);
        }
    }

    /// The rows as lines, cells parted by tabs; a row with one cell of words is a line of words.
    pub fn lines(&self) -> String {
        lines(&self.rows())
    }
}

/// Rows as lines, cells parted by tabs; a row with one cell of words is a line of words.
pub(crate) fn lines(rows: &[Vec<String>]) -> String {
    let line = |row: &Vec<String>| {
        let filled = row.iter().filter(|c| !c.is_empty()).count();
        let words = if filled <= 1 { row.concat() } else { row.join("\t") };
        words + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_over_several_rows_speaks_in_each() {
        let mut grid = Grid::default();
        grid.row();
        for head in ["序号", "任务", "单位"] {
            grid.put(head.into(), 1, 1);
        }
        grid.row();
        grid.put("1".into(), 1, 1);
        grid.put("清淤".into(), 1, 1);
        grid.put("区水务局".into(), 1, 2);
        grid.row();
        grid.put("2".into(), 1, 1);
        grid.put("绿化".into(), 1, 1);
        assert_eq!(grid.lines(), "序号\t任务\t单位\n1\t清淤\t区水务局\n2\t绿化\t区水务局\n");
    }

    #[test]
    fn a_head_of_two_storeys_is_one() {
        let mut grid = Grid::default();
        grid.row();
        grid.put("任务".into(), 1, 2);
        grid.put("分工".into(), 2, 1);
        grid.row();
        grid.put("牵头单位".into(), 1, 1);
        grid.put("配合单位".into(), 1, 1);
        grid.row();
        for words in ["清淤", "区水务局", "各镇"] {
            grid.put(words.into(), 1, 1);
        }
        assert_eq!(grid.lines(), "任务\t牵头单位\t配合单位\n清淤\t区水务局\t各镇\n");
    }
}
