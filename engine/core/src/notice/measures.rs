//! The words around a value: comparators, units of measure, verbs of making, names that measure.

use super::indicator::Comparator;

/// Words before a value. The longest that fits counts.
pub(super) const BEFORE: [(&str, Comparator); 84] = [
    ("压缩至", Comparator::AtMost),
    ("压缩到", Comparator::AtMost),
    ("压减到", Comparator::AtMost),
    ("缩短到", Comparator::AtMost),
    ("减少到", Comparator::AtMost),
    ("减少至", Comparator::AtMost),
    ("减至", Comparator::AtMost),
    ("降低到", Comparator::AtMost),
    ("降低至", Comparator::AtMost),
    ("增长至", Comparator::AtLeast),
    ("上升到", Comparator::AtLeast),
    ("上升至", Comparator::AtLeast),
    ("达到", Comparator::AtLeast),
    ("达", Comparator::AtLeast),
    ("提高到", Comparator::AtLeast),
    ("提高至", Comparator::AtLeast),
    ("提升到", Comparator::AtLeast),
    ("提升至", Comparator::AtLeast),
    ("增加到", Comparator::AtLeast),
    ("增长到", Comparator::AtLeast),
    ("增加至", Comparator::AtLeast),
    ("增至", Comparator::AtLeast),
    ("扩大到", Comparator::AtLeast),
    ("不少于", Comparator::AtLeast),
    ("不低于", Comparator::AtLeast),
    ("不小于", Comparator::AtLeast),
    ("至少", Comparator::AtLeast),
    ("超过", Comparator::Above),
    ("突破", Comparator::Above),
    ("高于", Comparator::Above),
    ("大于", Comparator::Above),
    ("多于", Comparator::Above),
    ("低于", Comparator::Below),
    ("少于", Comparator::Below),
    ("小于", Comparator::Below),
    ("不超过", Comparator::AtMost),
    ("不高于", Comparator::AtMost),
    ("不大于", Comparator::AtMost),
    ("不多于", Comparator::AtMost),
    ("不得超过", Comparator::AtMost),
    ("最多", Comparator::AtMost),
    ("降至", Comparator::AtMost),
    ("降到", Comparator::AtMost),
    ("下降到", Comparator::AtMost),
    ("下降至", Comparator::AtMost),
    ("压减至", Comparator::AtMost),
    ("缩短至", Comparator::AtMost),
    ("控制在", Comparator::AtMost),
    ("稳定在", Comparator::Equal),
    ("保持在", Comparator::Equal),
    ("维持在", Comparator::Equal),
    ("为", Comparator::Equal),
    ("约", Comparator::About),
    ("近", Comparator::About),
    ("不能超过", Comparator::AtMost),
    ("不能高于", Comparator::AtMost),
    ("不得高于", Comparator::AtMost),
    ("不得多于", Comparator::AtMost),
    ("不得大于", Comparator::AtMost),
    ("不得低于", Comparator::AtLeast),
    ("不得少于", Comparator::AtLeast),
    ("不得小于", Comparator::AtLeast),
    ("不能低于", Comparator::AtLeast),
    ("不能少于", Comparator::AtLeast),
    ("最低", Comparator::AtLeast),
    ("压降至", Comparator::AtMost),
    ("压降到", Comparator::AtMost),
    ("缩减至", Comparator::AtMost),
    ("缩减到", Comparator::AtMost),
    ("精简至", Comparator::AtMost),
    ("精简到", Comparator::AtMost),
    ("下调至", Comparator::AtMost),
    ("控制到", Comparator::AtMost),
    ("发展到", Comparator::AtLeast),
    ("发展至", Comparator::AtLeast),
    ("扩大至", Comparator::AtLeast),
    ("扩增至", Comparator::AtLeast),
    ("提至", Comparator::AtLeast),
    ("升至", Comparator::AtLeast),
    ("优于", Comparator::AtLeast),
    ("保持", Comparator::Equal),
    ("稳定保持在", Comparator::Equal),
    ("大约", Comparator::About),
    ("接近", Comparator::About),
];

/// Words before those that give each of several names a value, the same or its own.
pub(super) const EACH: [&str; 6] = ["分别", "均", "都", "全部", "要分别", "同时"];

/// Verbs of change that belong to the name where values are shared out: 分别下降15%、10%和26%.
pub(super) const CHANGES: [&str; 10] = [
    "增长", "下降", "提高", "提升", "降低", "减少", "增加", "压减", "削减", "上升",
];

/// Words after a value.
pub(super) const AFTER: [(&str, Comparator); 11] = [
    ("内", Comparator::AtMost),
    ("以里", Comparator::AtMost),
    ("以上", Comparator::AtLeast),
    ("及以上", Comparator::AtLeast),
    ("以下", Comparator::AtMost),
    ("及以下", Comparator::AtMost),
    ("以内", Comparator::AtMost),
    ("之内", Comparator::AtMost),
    ("左右", Comparator::About),
    ("上下", Comparator::About),
    ("余", Comparator::Above),
];

/// Units of measure without a power word; the longest that fits counts.
pub(super) const UNITS: [&str; 134] = [
    "类", "个次", "处次", "辆次", "枝", "盆", "组", "人日", "户次", "门", "期", "里", "兆瓦", "万千瓦", "吉瓦", "美元", "毫克/升", "车次",
    "标箱", "片", "块", "箱", "趟", "尾", "%", "‰", "个百分点", "百分点", "倍", "元", "家", "户", "项", "个",
    "名", "人", "人次", "张", "套", "台", "台套", "辆", "座", "处", "所", "场", "场次", "次", "吨",
    "吨标准煤", "千瓦", "千瓦时", "千克", "公斤", "斤", "立方米", "平方米", "平方公里", "公顷", "公里",
    "千米", "米", "亩", "株", "棵", "件", "批", "批次", "条", "小时", "分钟", "个工作日", "工作日", "个月",
    "天", "日", "分", "位", "例", "床", "张床位", "微克/立方米", "头", "只", "羽", "艘", "班次", "宗", "岁",
    "分贝", "起", "篇", "部", "册", "幢", "栋", "间", "对", "支", "种", "枚", "根", "盏", "口", "眼", "列",
    "架", "节", "课时", "学时", "班", "份", "轮", "段", "家次", "件次", "蒸吨", "微克", "毫克", "克", "升",
    "泊位", "车位", "吨公里", "周", "本", "幅", "款", "单", "双", "道", "席", "例次", "人年",
];

/// Power words between a value and its unit.
pub(super) const POWERS: [&str; 7] = ["万亿", "亿", "千万", "百万", "万", "千", "百"];

/// Verbs that say only that the quantity comes about: they are not part of the name.
pub(super) const LIGHT: [&str; 15] = [
    "力争实现",
    "确保实现",
    "力争完成",
    "确保完成",
    "力争",
    "确保",
    "实现",
    "完成",
    "开展",
    "组织",
    "努力实现",
    "其中",
    "推动",
    "全面完成",
    "预计",
];

/// Verbs of making: "新建12个口袋公园" is a quantity to be reached, "落实15项协议" is not.
pub(super) const MAKING: [&str; 22] = [
    "新建",
    "新增",
    "新改建",
    "改扩建",
    "建成",
    "改造",
    "完成",
    "培育",
    "创建",
    "引进",
    "培训",
    "举办",
    "开展",
    "修复",
    "整治",
    "新建成",
    "建设",
    "发放",
    "打造",
    "认定",
    "新培育",
    "提供",
];

/// Verbs in front of what is raised or lowered: "拓宽……覆盖率，达到40%".
pub(super) const RAISING: [&str; 16] = [
    "拓宽",
    "提高",
    "提升",
    "扩大",
    "增加",
    "降低",
    "推动",
    "推进",
    "加快",
    "优化",
    "加强",
    "稳步提升",
    "稳步提高",
    "打造",
    "建设",
    "强化",
];

/// Heads of names that measure something by themselves.
pub(super) const MEASURES: [&str; 33] = [
    "占比", "值", "额", "量", "次数", "人数", "户数", "天数", "浓度", "强度", "水平", "总数", "家数", "余额", "时间",
    "价格", "率", "数", "数量", "比例", "比重", "面积", "里程", "产值", "总额", "增速", "总量", "收入", "指数", "规模",
    "产量", "时长", "度",
];

/// Measures that say nothing without what they measure.
pub(super) const BARE: [&str; 9] = [
    "覆盖率",
    "合格率",
    "完成率",
    "整改率",
    "达标率",
    "满意率",
    "满意度",
    "办结率",
    "比例",
];

/// Names that only say how their subject, told right before, changes or adds up: 高新技术企业净增60家、总数突破400家.
pub(super) const ELIDED: [&str; 14] = [
    "总数", "总量", "累计", "同比", "较上年", "较去年", "比上年", "比去年", "年均增长", "年均增速", "增幅", "增速", "占比",
    "其中占比",
];

/// Openings of clauses that describe what is there, not what is to be reached.
pub(super) const STANDING: [&str; 7] = ["涉及", "现有", "共有", "已有", "已建成", "已完成", "目前"];

/// Words that say money is given or taken under a condition: what they count is no goal.
pub(super) const SUBSIDIES: [&str; 10] = [
    "补助", "补贴", "奖励", "奖补", "给予", "罚款", "资助", "贴息", "处以", "报销",
];
