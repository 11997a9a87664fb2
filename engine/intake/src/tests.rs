//! Formats in small, and files that are none.

use std::io::{Cursor, Write};

use super::*;

#[test]
fn what_is_no_text_says_why() {
    assert_eq!(text(b"  \n"), Err(Fault::Empty));
    assert_eq!(text(b"\xd0\xcf\x11\xe0 old"), Err(Fault::Kind("DOC/WPS/XLS")));
    assert_eq!(text(&[0xff, 0xff, 0x80]), Err(Fault::NotText));
    // Bytes that GB 18030 has room for, but nobody writes.
    assert_eq!(text(&[0x81, 0x40, 0x90, 0xe1, 0xaa, 0xbb]), Err(Fault::NotText));
    assert_eq!(text(b"a\0b\0"), Err(Fault::NotText));
    assert_eq!(text(&vec![b'a'; 2_000_001]), Err(Fault::TooLarge(2)));
    assert_eq!(text("一、".as_bytes()), Ok("一、".to_owned()));
    assert_eq!(text(b"PK\x03\x04rest"), Err(Fault::Broken("DOCX/XLSX")));
    assert_eq!(text(b"%PDF-1.7 x"), Err(Fault::Broken("PDF")));
}

#[test]
fn a_page_gives_what_it_shows() {
    let page = "<html><head><style>p{}</style><SCRIPT>if (a<b) {}</SCRIPT></head><body><h1>方&nbsp;案</h1><p>一、&ldquo;两化&rdquo;<br>1.清淤。\n   对河道清淤</p>\
        <!-- x --><table><tr><td>序号</td><td><p>任务</p></td></tr><tr><td>1</td><td>&#x6e05;淤</td></tr></table></body>";
    assert_eq!(
        text(page.as_bytes()).expect("text"),
        "方 案\n一、“两化”\n1.清淤。对河道清淤\n序号\t任务\n1\t清淤\n"
    );
}

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in parts {
        zip.start_file(*name, options).expect("a part");
        zip.write_all(content.as_bytes()).expect("content");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn a_document_has_its_numbers_tables_and_accepted_changes() {
    let numbering = r#"<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="%1、"/></w:lvl>
        <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl></w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num></w:numbering>"#;
    let list = |level: u32, words: &str| {
        format!(r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="5"/></w:numPr></w:pPr>{words}</w:p>"#)
    };
    let run = |words: &str| format!("<w:r><w:t>{words}</w:t></w:r>");
    let cell = |words: &str| format!("<w:tc><w:p>{}</w:p></w:tc>", run(words));
    let body = [
        list(0, &run("任务")),
        list(
            1,
            &(run("清淤")
                + "<w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins>"
                + &run("与绿化 &amp; 管护")
                + "</w:ins>"),
        ),
        list(1, &run("修路")),
        list(0, &run("保障")),
        list(1, &run("督查")),
        format!("<w:tbl><w:tr>{}{}</w:tr></w:tbl>", cell("序号"), cell("任务")),
    ]
    .concat();
    let document = format!(r#"<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#);
    let file = zipped(&[("word/document.xml", &document), ("word/numbering.xml", numbering)]);
    assert_eq!(
        text(&file).expect("text"),
        "一、任务\n1.清淤与绿化 & 管护\n2.修路\n二、保障\n1.督查\n序号\t任务\n"
    );
}

#[test]
fn what_unpacks_without_end_is_refused() {
    let bomb = "<w:document>".to_owned() + &" ".repeat(41_000_000);
    assert_eq!(text(&zipped(&[("word/document.xml", &bomb)])), Err(Fault::TooLarge(40)));
    assert_eq!(text(&zipped(&[("other.txt", "x")])), Err(Fault::Kind("ZIP")));
}

/// A few thousand damaged files: bytes of good ones changed, cut, doubled by a seeded generator. None may panic or hang.
#[test]
fn damaged_files_are_faults() {
    let document = "<w:document><w:body><w:p><w:r><w:t>一、任务</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl></w:body></w:document>";
    let seeds: Vec<Vec<u8>> = vec![
        zipped(&[("word/document.xml", document)]),
        zipped(&[("xl/workbook.xml", "<workbook/>")]),
        "<p>一、任务</p><table><tr><td>1</td></tr></table>&#x4e00;&amp"
            .as_bytes()
            .to_vec(),
        "一、任务\n1.清淤。（区水务局负责）".as_bytes().to_vec(),
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap_or(1)).unwrap_or(0)
    };
    let started = std::time::Instant::now();
    for round in 0..4_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=next(6) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = u8::try_from(next(256)).unwrap_or(0),
                1 => bytes.truncate(at.max(4)),
                2 => {
                    let copy: Vec<u8> = bytes[at..(at + 16).min(bytes.len())].to_vec();
                    bytes.splice(at..at, copy);
                }
                _ => bytes[at] ^= 1 << next(8),
            }
        }
        let _ = text(&bytes);
    }
    assert!(
        started.elapsed() < std::time::Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn text_in_the_encodings_of_offices_is_read() {
    let words = "关于印发《清淤工作方案》的通知\r\n1.清淤。完成98%。（区水务局牵头，㙍街道配合）";
    let (gb18030, _, lost) = encoding_rs::GB18030.encode(words);
    assert!(!lost);
    assert_eq!(text(&gb18030).as_deref(), Ok(words));
    let little: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(words.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let big: Vec<u8> = [0xfe, 0xff]
        .into_iter()
        .chain(words.encode_utf16().flat_map(u16::to_be_bytes))
        .collect();
    assert_eq!(text(&little).as_deref(), Ok(words));
    assert_eq!(text(&big).as_deref(), Ok(words));
    let (page, _, _) =
        encoding_rs::GBK.encode("<html><head><meta charset=gbk></head><body><p>一、清淤</p></body></html>");
    assert_eq!(text(&page).as_deref(), Ok("一、清淤\n"));
}

/// A page of a PDF whose font is not in the file and whose words are written in `encoding`, as office software of the
/// country makes them.
fn pdf(encoding: &str, lines: &[Vec<u8>]) -> Vec<u8> {
    let shown: Vec<String> = lines
        .iter()
        .map(|line| line.iter().map(|b| format!("{b:02x}")).collect())
        .collect();
    let shown: String = shown.iter().map(|hex| format!("<{hex}> Tj T* ")).collect();
    let stream = format!("BT /F1 16 Tf 72 760 Td 20 TL {shown}ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>".to_owned(),
        format!("<</Length {}>>\nstream\n{stream}\nendstream", stream.len()),
        format!("<</Type/Font/Subtype/Type0/BaseFont/SimSun/Encoding/{encoding}/DescendantFonts[6 0 R]>>"),
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/SimSun/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000/FontDescriptor 7 0 R>>".to_owned(),
        "<</Type/FontDescriptor/FontName/SimSun/Flags 4/FontBBox[0 -141 1000 859]/ItalicAngle 0/Ascent 859/Descent -141/CapHeight 683/StemV 80>>".to_owned(),
    ];
    let mut file = "%PDF-1.7\n".to_owned();
    let mut places = Vec::new();
    for (object, number) in objects.iter().zip(1..) {
        places.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1));
    for place in &places {
        file.push_str(&format!("{place:010} 00000 n \n"));
    }
    file.push_str(&format!(
        "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n",
        places.len() + 1
    ));
    file.into_bytes()
}

#[test]
fn a_pdf_in_the_encodings_of_offices_is_read() {
    let lines = [
        "关于印发清淤工作方案的通知",
        "1.河道清淤。到2026年，清淤河道12公里。",
        "（区水务局牵头，各街道配合）",
    ];
    let gbk: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| encoding_rs::GBK.encode(line).0.into_owned())
        .collect();
    let wide: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| line.encode_utf16().flat_map(u16::to_be_bytes).collect())
        .collect();
    for (encoding, words) in [("GBK-EUC-H", &gbk), ("GBKp-EUC-H", &gbk), ("UniGB-UCS2-H", &wide)] {
        let read = text(&pdf(encoding, words)).expect("text");
        let read: Vec<&str> = read.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(read, lines, "{encoding}");
    }
}

/// Found by fuzzing: a table of contents in a PDF that no end of the file ends.
#[test]
fn a_pdf_that_its_parser_would_read_for_ever_is_given_up() {
    let bytes = include_bytes!("../../../fuzz/seeds/pdf/broken-xref.pdf");
    let started = std::time::Instant::now();
    assert!(matches!(text(bytes), Err(Fault::Broken("PDF"))));
    assert!(
        started.elapsed() < std::time::Duration::from_secs(10),
        "not by the clock"
    );
}

/// Found by fuzzing: a composite font that descends from itself filled the stack of the parser.
#[test]
fn a_pdf_whose_font_descends_from_a_composite_font_is_given_up_wherever_the_font_stands() {
    let bytes = include_bytes!("../../../fuzz/seeds/pdf/recursive-font.pdf");
    assert!(matches!(text(bytes), Err(Fault::Broken("PDF"))));
    let good = String::from_utf8(pdf("GBK-EUC-H", &[vec![0x41; 40]])).expect("ASCII");
    assert!(text(good.as_bytes()).is_ok());
    let itself = good.replace("DescendantFonts[6 0 R]", "DescendantFonts[5 0 R]");
    assert!(matches!(text(itself.as_bytes()), Err(Fault::Broken("PDF"))));
    let in_a_drawing = itself.replace("/Font<</F1 5 0 R>>", "/XObject<</X1 8 0 R>>");
    let drawing =
        "8 0 obj\n<</Subtype/Form/Resources<</Font<</F1 5 0 R>>>>/Length 0>>\nstream\n\nendstream\nendobj\nxref";
    let in_a_drawing = in_a_drawing.replace("xref\n0 8", &format!("{drawing}\n0 8"));
    assert!(matches!(text(in_a_drawing.as_bytes()), Err(Fault::Broken("PDF"))));
}
