//! XML as a tree that is escaped when it is written, indented so that people can read and compare it.

use std::fmt::Display;

/// An element with its attributes and either children or text.
pub(super) struct Xml {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Xml>,
    text: Option<String>,
}

/// An element of this name.
pub(super) fn xml(name: &'static str) -> Xml {
    Xml {
        name,
        attributes: Vec::new(),
        children: Vec::new(),
        text: None,
    }
}

impl Xml {
    /// The same with one more attribute.
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    /// The same with one more child.
    pub fn child(mut self, child: Xml) -> Self {
        self.children.push(child);
        self
    }

    /// The same with more children.
    pub fn children(mut self, children: impl IntoIterator<Item = Xml>) -> Self {
        self.children.extend(children);
        self
    }

    /// The same with this text instead of children.
    pub fn text(mut self, text: impl Display) -> Self {
        self.text = Some(text.to_string());
        self
    }

    /// A whole file with this element at its root.
    pub fn to_file(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        out.extend(std::iter::repeat_n("  ", depth));
        *out += "<";
        *out += self.name;
        for (name, value) in &self.attributes {
            *out += &format!(" {name}=\"");
            escape(out, value);
            *out += "\"";
        }
        match (&self.text, self.children.is_empty()) {
            (Some(text), _) => {
                *out += ">";
                escape(out, text);
                *out += &format!("</{}>\n", self.name);
            }
            (None, true) => *out += "/>\n",
            (None, false) => {
                *out += ">\n";
                for child in &self.children {
                    child.write(out, depth + 1);
                }
                out.extend(std::iter::repeat_n("  ", depth));
                *out += &format!("</{}>\n", self.name);
            }
        }
    }
}

/// Escapes for text and quoted attributes, and drops what XML 1.0 does not allow at all. Line ends and tabs are
/// written as references, so that they are still there when an attribute is read.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => *out += "&amp;",
            '<' => *out += "&lt;",
            '>' => *out += "&gt;",
            '"' => *out += "&quot;",
            '\t' | '\n' | '\r' => *out += &format!("&#{};", u32::from(c)),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
}
