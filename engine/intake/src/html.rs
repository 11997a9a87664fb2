//! HTML: what a page shows, one block or one row of a table a line. Scripts and styles are left out.

use crate::grid::Grid;

/// True if a text is HTML: it begins with a tag and has blocks.
pub(crate) fn is(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let head: String = start.chars().take(20_000).collect::<String>().to_ascii_lowercase();
    start.starts_with('<')
        && ["<p", "<div", "<html", "<table", "<br", "<span", "<h1", "<body", "<li"]
            .iter()
            .any(|tag| head.contains(tag))
}

/// A named or numbered entity without its signs.
pub(crate) fn entity(name: &str) -> Option<String> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let found = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "ldquo" => '“',
        "rdquo" => '”',
        "lsquo" => '‘',
        "rsquo" => '’',
        "mdash" => '—',
        "ndash" => '–',
        "middot" => '·',
        "hellip" => '…',
        "permil" => '‰',
        "times" => '×',
        _ => {
            let digits = name.strip_prefix('#')?;
            match digits.strip_prefix(['x', 'X']) {
                Some(hex) => number(hex, 16)?,
                None => number(digits, 10)?,
            }
        }
    };
    Some(found.to_string()).filter(|s| !s.starts_with('\0'))
}

/// The text of a page.
pub(crate) fn text(page: &str) -> String {
    let mut out = Page::default();
    let mut rest = page.trim_start_matches('\u{feff}');
    while let Some(at) = rest.find('<') {
        out.words(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = rest.find('>') else {
            rest = "";
            break;
        };
        let inside = &rest[1..end];
        rest = &rest[end + 1..];
        let closing = inside.starts_with('/');
        let name: String = inside
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .take(12)
            .collect::<String>()
            .to_ascii_lowercase();
        if !closing && matches!(name.as_str(), "script" | "style" | "noscript" | "select" | "textarea") {
            // Skipped to its end; letters of the closing tag may be of either case.
            let close = format!("</{name}");
            let lower = rest.to_ascii_lowercase();
            rest = lower.find(&close).map_or("", |at| &rest[at..]);
            continue;
        }
        out.tag(&name, closing, inside);
    }
    out.words(rest);
    out.cell();
    out.table();
    out.line();
    out.text
}

/// A number among the attributes of a tag: rowspan="2".
fn number(inside: &str, name: &str) -> usize {
    let lower = inside.to_ascii_lowercase();
    let value = lower
        .split(name)
        .nth(1)
        .map(|rest| rest.trim_start_matches([' ', '=', '"', '\'']));
    let digits: Option<String> = value.map(|v| v.chars().take(4).take_while(char::is_ascii_digit).collect());
    digits.and_then(|d| d.parse().ok()).unwrap_or(1)
}

#[derive(Default)]
struct Page {
    text: String,
    line: String,
    /// The table that is open.
    grid: Option<Grid>,
    /// Columns and rows of the cell that is open: blocks inside it do not end the line.
    span: Option<(usize, usize)>,
}

impl Page {
    fn words(&mut self, raw: &str) {
        let mut rest = raw;
        let mut plain = String::with_capacity(raw.len());
        while let Some(at) = rest.find('&') {
            plain.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let end = rest.char_indices().take(10).find(|(_, c)| *c == ';').map(|(i, _)| i);
            match end.and_then(|end| entity(&rest[..end]).map(|found| (end, found))) {
                Some((end, found)) => {
                    plain.push_str(&found);
                    rest = &rest[end + 1..];
                }
                None => plain.push('&'),
            }
        }
        plain.push_str(rest);
        // Line ends of the source mean nothing; between Han characters not even a space.
        let parts: Vec<&str> = plain
            .split(['\n', '\r', '\t'])
            .map(str::trim)
            .filter(|p| !p.is_empty())
            .collect();
        self.line.push_str(&parts.concat());
    }

    fn tag(&mut self, name: &str, closing: bool, inside: &str) {
        match name {
            "td" | "th" => {
                self.cell();
                if !closing {
                    self.span = Some((number(inside, "colspan"), number(inside, "rowspan")));
                }
            }
            "tr" => {
                self.cell();
                if !closing {
                    self.line();
                    self.grid.get_or_insert_default().row();
                }
            }
            // A table inside a cell is words of that cell.
            "table" if self.span.is_none() => {
                self.table();
                self.line();
            }
            "br" | "p" | "div" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "section" | "article" | "ul"
            | "ol" | "title" | "body" | "head" | "header" | "footer" | "hr" | "dd" | "dt" | "blockquote" | "pre" => {
                if self.span.is_none() {
                    self.line();
                } else if !self.line.ends_with(' ') && !self.line.is_empty() {
                    self.line.push(' ');
                }
            }
            _ => {}
        }
    }

    /// Ends the cell that is open.
    fn cell(&mut self) {
        if let Some((wide, high)) = self.span.take() {
            let words = std::mem::take(&mut self.line).trim().to_owned();
            self.grid.get_or_insert_default().put(words, wide, high);
        }
    }

    /// Ends the table that is open.
    fn table(&mut self) {
        if let Some(grid) = self.grid.take() {
            self.text.push_str(&grid.lines());
        }
    }

    fn line(&mut self) {
        let words = std::mem::take(&mut self.line);
        if !words.trim().is_empty() {
            self.text.push_str(words.trim_end_matches(' '));
            self.text.push('\n');
        }
    }
}
