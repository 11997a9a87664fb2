//! Assignments, one form a test.

use super::*;
use crate::notice::text::Line;

fn read(s: &str) -> Vec<(String, Role)> {
    let p = Passage::of(&Line {
        number: 1,
        column: 0,
        text: s.to_owned(),
    });
    find(&p, Some(2026))
        .into_iter()
        .flat_map(|f| f.units)
        .map(|u| (u.name, u.role))
        .collect()
}

fn expect(s: &str, lead: &[&str], co: &[&str], support: &[&str]) {
    let mut want: Vec<(String, Role)> = Vec::new();
    want.extend(lead.iter().map(|n| ((*n).to_owned(), Role::Lead)));
    want.extend(co.iter().map(|n| ((*n).to_owned(), Role::Co)));
    want.extend(support.iter().map(|n| ((*n).to_owned(), Role::Support)));
    let mut got = read(s);
    got.sort_by_key(|(_, role)| *role);
    assert_eq!(got, want, "{s}");
}

#[test]
fn brackets() {
    expect(
        "改善水质。（区水务局牵头，区农业农村委、各镇配合）",
        &["区水务局"],
        &[],
        &["区农业农村委", "各镇"],
    );
    expect(
        "治理。（区文化和旅游局、区工业和信息化局和各街镇园区等按职责分工负责）",
        &[],
        &["区文化和旅游局", "区工业和信息化局", "各街镇园区"],
        &[],
    );
    expect("治理（区委和区政府办公室负责）。", &[], &["区委", "区政府办公室"], &[]);
    expect("治理（区财政局负责）", &["区财政局"], &[], &[]);
    expect("治理(区财政局;区审计局)", &[], &["区财政局", "区审计局"], &[]);
    expect(
        "治理（牵头单位：区住建局；责任单位：区城管局、区公安分局；完成时限：2026年6月底前）",
        &["区住建局"],
        &["区城管局", "区公安分局"],
        &[],
    );
    expect("突破首台（套）装备，实施办法（试行）。", &[], &[], &[]);
    expect(
        "治理。（区教育局会同区卫生健康委负责）",
        &["区教育局"],
        &[],
        &["区卫生健康委"],
    );
    expect("治理。（区教育局牵头，2026年9月底前完成）", &["区教育局"], &[], &[]);
}

#[test]
fn labels() {
    expect(
        "责任单位：区商务局、区文化和旅游局",
        &[],
        &["区商务局", "区文化和旅游局"],
        &[],
    );
    expect(
        "牵头单位：区商务局 配合单位：区交通局、各乡镇",
        &["区商务局"],
        &[],
        &["区交通局", "各乡镇"],
    );
    expect(
        "抓好落实。责任单位:区民政局,区残联。",
        &[],
        &["区民政局", "区残联"],
        &[],
    );
}

#[test]
fn sentences_assign() {
    expect(
        "此项工作由区司法局牵头，区检察院、公安分局配合。",
        &["区司法局"],
        &[],
        &["区检察院", "公安分局"],
    );
    expect(
        "区市场监管局会同有关部门加强跟踪分析。",
        &["区市场监管局"],
        &["有关部门"],
        &[],
    );
    expect("各部门要加强配合，企业负责整改。", &[], &[], &[]);
}

#[test]
fn an_open_bracket_is_nothing() {
    expect("治理（区财政局、区审计局按职责分工负责", &[], &[], &[]);
}
