//! Pictures as SVG: a tree of elements that is escaped when it is written.
//!
//! Only attributes, never `style=` (the pages' content policy forbids it): colours, strokes and fonts come from the
//! site's sheet through classes. The same picture always gives the same bytes. Words come in as arguments.

use std::fmt::{self, Display, Write};

/// An SVG element with its attributes and children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// An element of this name, as in `rect`.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// The same element with one more attribute. `style` is left out: the content policy would drop it anyway.
    #[must_use]
    pub fn with(mut self, attribute: &'static str, value: impl Display) -> Self {
        if attribute != "style" {
            self.attributes.push((attribute, value.to_string()));
        }
        self
    }

    /// The same element with a class.
    #[must_use]
    pub fn class(self, class: impl Display) -> Self {
        self.with("class", class)
    }

    /// The same element with one more child.
    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// The same element with more children.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// The same element with more text, escaped when written.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.children.push(Node::Text(text.to_owned()));
        self
    }

    /// The same element with a title, which browsers show as a tip and screen readers read.
    #[must_use]
    pub fn tip(mut self, text: &str) -> Self {
        self.children.insert(0, Node::Element(Element::new("title").text(text)));
        self
    }

    fn has_link(&self) -> bool {
        self.name == "a"
            || self.children.iter().any(|child| match child {
                Node::Element(element) => element.has_link(),
                Node::Text(_) => false,
            })
    }
}

/// A rectangle.
pub fn rect(x: i32, y: i32, width: i32, height: i32) -> Element {
    Element::new("rect")
        .with("x", x)
        .with("y", y)
        .with("width", width)
        .with("height", height)
}

/// A circle.
pub fn circle(cx: i32, cy: i32, r: i32) -> Element {
    Element::new("circle").with("cx", cx).with("cy", cy).with("r", r)
}

/// A straight line.
pub fn line(x1: i32, y1: i32, x2: i32, y2: i32) -> Element {
    Element::new("line")
        .with("x1", x1)
        .with("y1", y1)
        .with("x2", x2)
        .with("y2", y2)
}

/// A path; `d` as in SVG.
pub fn path(d: &str) -> Element {
    Element::new("path").with("d", d)
}

/// A line of text with its base line at (x, y).
pub fn text(x: i32, y: i32, words: &str) -> Element {
    Element::new("text").with("x", x).with("y", y).text(words)
}

/// A group.
pub fn group(children: impl IntoIterator<Item = Element>) -> Element {
    Element::new("g").children(children)
}

/// A link to a page or place of this site. Any other address (another host, a script) becomes a plain group.
pub fn link(href: &str, children: impl IntoIterator<Item = Element>) -> Element {
    let own = href.starts_with('#') || (href.starts_with('/') && !href.starts_with("//") && !href.contains('\\'));
    if own {
        Element::new("a").with("href", href).children(children)
    } else {
        group(children)
    }
}

/// The estimated width of `words` in pixels at a font size of `size` pixels: one em a Han character or other wide
/// sign, 0.55 em otherwise. Good enough without font metrics.
pub fn text_width(words: &str, size: i32) -> i32 {
    let hundredths: i32 = words
        .chars()
        .map(|c| if is_wide(c) { 100 } else { 55 })
        .fold(0, i32::saturating_add);
    hundredths.saturating_mul(size).saturating_add(99) / 100
}

/// `words` cut to fit `width` pixels at `size`, with an ellipsis when something was cut.
pub fn fit(words: &str, size: i32, width: i32) -> String {
    if text_width(words, size) <= width {
        return words.to_owned();
    }
    let mut kept = String::new();
    for c in words.chars() {
        kept.push(c);
        if text_width(&kept, size) + size > width {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// `words` broken into at most `lines` lines that fit `width` pixels at `size`; the last is cut when needed.
pub fn wrap(words: &str, size: i32, width: i32, lines: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    let mut rest = words.chars().peekable();
    while let Some(c) = rest.next() {
        let full = rows
            .last()
            .is_some_and(|row| !row.is_empty() && text_width(&format!("{row}{c}"), size) > width);
        if full && rows.len() >= lines {
            let tail: String = std::iter::once(c).chain(rest).collect();
            if let Some(last) = rows.last_mut() {
                *last = fit(&format!("{last}{tail}"), size, width);
            }
            break;
        }
        if full {
            rows.push(String::new());
        }
        if let Some(row) = rows.last_mut() {
            row.push(c);
        }
    }
    rows
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE4F
        | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD)
        || matches!(c, '“' | '”' | '‘' | '’' | '…' | '—' | '●' | '○' | '■' | '▲' | '→')
}

/// A whole picture with its title and description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    id: String,
    width: i32,
    height: i32,
    title: String,
    description: String,
    elements: Vec<Element>,
}

impl Picture {
    /// An empty picture. `id` must be unique in the page (it names the title and the description); sizes in pixels
    /// at 100 %. The picture scales to the room it is given.
    pub fn new(id: &str, (width, height): (i32, i32), title: &str, description: &str) -> Self {
        Self {
            id: id.to_owned(),
            width,
            height,
            title: title.to_owned(),
            description: description.to_owned(),
            elements: Vec::new(),
        }
    }

    /// Draws one more element over what is there.
    pub fn add(&mut self, element: Element) {
        self.elements.push(element);
    }

    /// The picture as SVG text, to be put into a page or a file of its own.
    pub fn to_svg(&self) -> String {
        // A picture with links is a group for screen readers: `img` would hide the links.
        let links = self.elements.iter().any(Element::has_link);
        let root = Element::new("svg")
            .with("xmlns", "http://www.w3.org/2000/svg")
            .with("viewBox", format_args!("0 0 {} {}", self.width, self.height))
            .with("width", self.width)
            .with("height", self.height)
            .class("picture")
            .with("role", if links { "group" } else { "img" })
            .with("aria-labelledby", format_args!("{0}-title {0}-desc", self.id))
            .child(
                Element::new("title")
                    .with("id", format_args!("{}-title", self.id))
                    .text(&self.title),
            )
            .child(
                Element::new("desc")
                    .with("id", format_args!("{}-desc", self.id))
                    .text(&self.description),
            )
            .children(self.elements.iter().cloned());
        let mut out = String::new();
        write_element(&mut out, &root);
        out
    }
}

impl Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_svg())
    }
}

fn write_element(out: &mut String, element: &Element) {
    let _ = write!(out, "<{}", element.name);
    for (name, value) in &element.attributes {
        let _ = write!(out, " {name}=\"");
        escape(out, value);
        out.push('"');
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for child in &element.children {
        match child {
            Node::Element(element) => write_element(out, element),
            Node::Text(text) => escape(out, text),
        }
    }
    let _ = write!(out, "</{}>", element.name);
}

/// Escapes for text and quoted attributes, and drops what XML 1.0 does not allow at all.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Picture {
        let mut picture = Picture::new("p", (100, 50), "甲 & 乙", "<script>");
        picture.add(
            group([rect(1, 2, 3, 4).class("box"), text(5, 6, "a<b>\"c\"&'d'\u{0}\u{7}")]).with("style", "color:red"),
        );
        picture
    }

    #[test]
    fn text_and_attributes_are_escaped_and_style_is_left_out() {
        let svg = sample().to_svg();
        assert!(svg.contains("a&lt;b&gt;&quot;c&quot;&amp;&#39;d&#39;</text>"), "{svg}");
        assert!(svg.contains("甲 &amp; 乙") && svg.contains("&lt;script&gt;"));
        assert!(!svg.contains("style") && !svg.contains('\u{0}') && !svg.contains('\u{7}'));
        assert!(svg.contains("role=\"img\"") && svg.contains("viewBox=\"0 0 100 50\""));
    }

    #[test]
    fn the_same_picture_gives_the_same_bytes() {
        assert_eq!(sample().to_svg(), sample().to_svg());
    }

    #[test]
    fn a_link_leads_only_inside_the_site() {
        for href in [
            "https://elsewhere",
            "//elsewhere",
            "javascript:alert(1)",
            "/\\elsewhere",
        ] {
            assert_eq!(link(href, []), group([]), "{href}");
        }
        let mut picture = Picture::new("p", (1, 1), "t", "d");
        picture.add(link("/tasks/3", [rect(0, 0, 1, 1)]));
        assert!(picture.to_svg().contains("<a href=\"/tasks/3\">"));
        assert!(picture.to_svg().contains("role=\"group\""));
    }

    #[test]
    fn a_han_character_is_one_em_wide() {
        assert_eq!(text_width("区市场监管局", 10), 60);
        assert_eq!(text_width("ab", 100), 110);
        assert_eq!(fit("区市场监管局", 10, 60), "区市场监管局");
        assert_eq!(fit("区市场监管局", 10, 40), "区市场…");
        assert_eq!(wrap("区市场监管局", 10, 30, 2), ["区市场", "监管局"]);
        assert_eq!(wrap("区市场监督管理局", 10, 30, 2), ["区市场", "监督…"]);
    }
}
