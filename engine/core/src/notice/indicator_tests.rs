//! Indicators, one habit of the language a test.

use super::*;
use crate::notice::text::Line;

fn read(s: &str) -> Vec<(String, Comparator, String, String, Option<i32>)> {
    let p = Passage::of(&Line {
        number: 1,
        column: 0,
        text: s.to_owned(),
    });
    let (mut out, mut doubts) = (Vec::new(), Vec::new());
    find(
        &p,
        0..p.len(),
        &[],
        &Setting {
            task: None,
            year: None,
            carry: false,
            reference: None,
        },
        &mut out,
        &mut doubts,
    );
    out.into_iter()
        .map(|i| (i.name, i.comparator, i.value.to_string(), i.unit, i.year))
        .collect()
}

fn expect(s: &str, want: &[(&str, Comparator, &str, &str)]) {
    let got: Vec<_> = read(s).into_iter().map(|(n, c, v, u, _)| (n, c, v, u)).collect();
    let want: Vec<_> = want
        .iter()
        .map(|(n, c, v, u)| ((*n).to_owned(), *c, (*v).to_owned(), (*u).to_owned()))
        .collect();
    assert_eq!(got, want, "{s}");
}

use Comparator::{About, Above, AtLeast, AtMost, Equal};

#[test]
fn comparators() {
    expect("污水处理率达到96%。", &[("污水处理率", AtLeast, "96", "%")]);
    expect("污水处理率达到96.5%以上。", &[("污水处理率", AtLeast, "96.5", "%")]);
    expect("森林覆盖率超过21%。", &[("森林覆盖率", Above, "21", "%")]);
    expect("办件时间不超过3个工作日。", &[("办件时间", AtMost, "3", "个工作日")]);
    expect("新开班次不少于1,200场次。", &[("新开班次", AtLeast, "1200", "场次")]);
    expect("重点品牌稳定在30家左右。", &[("重点品牌", About, "30", "家")]);
    expect("失业率控制在5%以内。", &[("失业率", AtMost, "5", "%")]);
    expect("整改率达到100%。", &[("整改率", Equal, "100", "%")]);
}

#[test]
fn quantities_without_a_comparator() {
    expect("新增绿地12公顷，", &[("新增绿地", Equal, "12", "公顷")]);
    expect("新建12个口袋公园。", &[("新建口袋公园", Equal, "12", "个")]);
    expect("深入落实15项合作协议，", &[]);
    expect("做强农机等3条产业链。", &[]);
    expect("第86次会议审议，3+1+N模式。", &[]);
    expect(
        "完成统防统治小麦25万亩，玉米20万亩。",
        &[
            ("统防统治小麦", Equal, "25", "万亩"),
            ("统防统治玉米", Equal, "20", "万亩"),
        ],
    );
    expect("实行24小时值班。", &[]);
}

#[test]
fn shared_names() {
    expect(
        "入园率和巩固率均达到99%。",
        &[("入园率", AtLeast, "99", "%"), ("巩固率", AtLeast, "99", "%")],
    );
    expect(
        "城镇和农村供水普及率分别达到99%和95%。",
        &[
            ("城镇供水普及率", AtLeast, "99", "%"),
            ("农村供水普及率", AtLeast, "95", "%"),
        ],
    );
    expect(
        "老年人和老年病人健康管理率，分别达到70%和80%。",
        &[
            ("老年人健康管理率", AtLeast, "70", "%"),
            ("老年病人健康管理率", AtLeast, "80", "%"),
        ],
    );
}

#[test]
fn years() {
    let years = |s: &str| read(s).into_iter().map(|i| i.4).collect::<Vec<_>>();
    assert_eq!(years("到2027年，处理率达到96%。复种率达到90%。"), [Some(2027), None]);
    assert_eq!(years("较2020年增长5%。"), [None]);
    assert_eq!(years("2026年底前处理率达到96%。"), [Some(2026)]);
}

#[test]
fn what_was_made_goes_on_through_a_list() {
    expect(
        "建成500个绿色工厂、36个绿色园区和24个近零碳园区试点；",
        &[
            ("建成绿色工厂", Equal, "500", "个"),
            ("建成绿色园区", Equal, "36", "个"),
            ("建成近零碳园区试点", Equal, "24", "个"),
        ],
    );
    expect("落实15项协议、6个项目。", &[]);
    expect("新建24小时智能书房6处。", &[("新建24小时智能书房", Equal, "6", "处")]);
}
