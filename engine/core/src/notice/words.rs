//! The words the rules know, in one place: verbs and labels of assignment, names of public bodies, frames of a paper. All of them belong to the language of such papers, none to one paper.

use super::assignment::Role;
use super::rhythm::Rhythm;

/// Cores of verbs of assignment, the part they give, and whether an object may follow (牵头制定……, not 落实……). The
/// longest that fits counts; [`super::verb`] puts phrases together.
pub(super) const CORES: [(&str, Role, bool); 56] = [
    ("指导支持", Role::Support, false),
    ("支持配合", Role::Support, false),
    ("支持指导", Role::Support, false),
    ("业务指导", Role::Support, false),
    ("督导", Role::Support, false),
    ("督办", Role::Support, false),
    ("监督", Role::Support, false),
    ("指导", Role::Support, false),
    ("牵头", Role::Lead, true),
    ("总牵头", Role::Lead, true),
    ("主办", Role::Lead, true),
    ("主抓", Role::Lead, false),
    ("主责", Role::Lead, false),
    ("抓总", Role::Lead, false),
    ("牵总", Role::Lead, false),
    ("统筹", Role::Lead, false),
    ("负责", Role::Co, true),
    ("负总责", Role::Lead, false),
    ("承办", Role::Co, true),
    ("实施", Role::Co, false),
    ("组织实施", Role::Co, false),
    ("落实", Role::Co, false),
    ("抓落实", Role::Co, false),
    ("抓好落实", Role::Co, false),
    ("贯彻落实", Role::Co, false),
    ("推进落实", Role::Co, false),
    ("各负其责", Role::Co, false),
    ("各司其职", Role::Co, false),
    ("执行", Role::Co, false),
    ("配合", Role::Support, true),
    ("协同配合", Role::Support, true),
    ("协助", Role::Support, true),
    ("协同", Role::Support, false),
    ("协办", Role::Support, false),
    ("会办", Role::Support, false),
    ("协作", Role::Support, false),
    ("参与", Role::Support, false),
    ("参加", Role::Support, false),
    ("参办", Role::Support, false),
    ("支持", Role::Support, false),
    ("予以配合", Role::Support, false),
    ("保障", Role::Support, false),
    ("保障经费", Role::Support, true),
    ("保障资金", Role::Support, true),
    ("保障用地", Role::Support, true),
    ("落实资金", Role::Support, true),
    ("安排资金", Role::Support, true),
    ("做好资金保障", Role::Support, true),
    ("做好经费保障", Role::Support, true),
    ("提供资金保障", Role::Support, true),
    ("提供技术支持", Role::Support, false),
    ("提供技术支撑", Role::Support, false),
    ("提供数据支持", Role::Support, false),
    ("提供支持", Role::Support, false),
    ("提供保障", Role::Support, false),
    ("做好保障", Role::Support, false),
];

/// Adverbs of such verbs.
pub(super) const ADVERBS: [&str; 30] = [
    "属地", "两家", "三家", "双方", "均", "都", "分别", "共同", "联合", "具体", "分头", "各自", "积极", "密切", "主动",
    "全力", "应当", "应", "要", "须", "需", "分工", "直接", "主要", "做好", "严格", "协商", "一并", "同步", "合力",
];

/// Those of them that say that the work is shared out.
pub(super) const MANNERS: [&str; 7] = ["分别", "共同", "联合", "分头", "各自", "分工", "合力"];

/// Words behind 按: 按照各自职责分工.
pub(super) const DUTIES: [&str; 14] = [
    "各自", "工作", "部门", "单位", "职责", "职能", "分工", "权限", "要求", "规定", "实际", "任务", "法", "程序",
];

/// Verbs that only say how far a core goes: 牵头组织, 负责督导.
pub(super) const TAILS: [&str; 15] = [
    "组织", "推进", "推动", "督导", "督促", "协调", "统筹", "指导", "跟进", "完成", "抓好", "做好", "工作", "办理",
    "到位",
];

/// Clauses of a bracket that explain the list and name nobody.
pub(super) const REMARKS: [&str; 13] = [
    "不再单独列出",
    "不再另行列出",
    "不再逐一列出",
    "下同",
    "不再列出",
    "不再一一列出",
    "不再重复",
    "排名第一",
    "列第一",
    "排第一",
    "排在第一",
    "首位",
    "同上",
];

/// Openings of such clauses.
pub(super) const REMARK_STARTS: [&str; 8] = [
    "以下",
    "依法及时",
    "依法依规",
    "按规定",
    "按要求",
    "视情",
    "根据需要",
    "必要时",
];

/// Last characters of names of public bodies.
pub(super) const UNIT_ENDS: &str = "局委办部院厅会联队处所站心司团关府道镇乡村园校学社台室署馆组科股城区县市街庭企";

/// Verbs that begin a heading, never a name: 强化校企协同, 坚持政府牵头.
pub(super) const NO_NAMES: [&str; 32] = [
    "坚持", "强化", "加强", "推动", "推进", "健全", "完善", "建立", "深化", "落实", "形成", "构建", "提升", "做好",
    "加快", "优化", "发挥", "促进", "明确", "压实", "组织", "支持", "鼓励", "引导", "开展", "实施", "扩大", "提高",
    "督促", "指导", "协调", "配合",
];

/// Ends of names that nothing but a public body has: enough evidence without any verb.
pub(super) const PLAIN_ENDS: [&str; 28] = [
    "局",
    "委",
    "办",
    "部",
    "院",
    "厅",
    "府",
    "镇",
    "公司",
    "中心",
    "集团",
    "街道",
    "管委会",
    "委员会",
    "联合会",
    "工商联",
    "商会",
    "协会",
    "总工会",
    "残联",
    "妇联",
    "支队",
    "大队",
    "海关",
    "银行",
    "支行",
    "分行",
    "办公室",
];

/// Ends of names that are enough where the name begins with a place's kind: 镇应急管理所, 区执法队.
pub(super) const PLACED_ENDS: [&str; 8] = ["所", "站", "队", "科", "室", "处", "社", "馆"];

/// Words for "all of a class" without 各.
pub(super) const CLASSES: [&str; 15] = [
    "村",
    "社区",
    "村居",
    "街道",
    "镇",
    "乡",
    "乡镇",
    "街镇",
    "园区",
    "部门",
    "单位",
    "镇街",
    "人民政府",
    "政府",
    "办事处",
];

/// Words of a rhythm.
pub(super) const RHYTHMS: [(&str, Rhythm); 23] = [
    ("立即", Rhythm::AtOnce),
    ("即时", Rhythm::AtOnce),
    ("即刻", Rhythm::AtOnce),
    ("即知即改", Rhythm::AtOnce),
    ("立行立改", Rhythm::AtOnce),
    ("立查立改", Rhythm::AtOnce),
    ("长期", Rhythm::LongTerm),
    ("长效", Rhythm::LongTerm),
    ("持续", Rhythm::Continuing),
    ("常态", Rhythm::Continuing),
    ("常态化", Rhythm::Continuing),
    ("常态长效", Rhythm::Continuing),
    ("常年", Rhythm::LongTerm),
    ("全年推进", Rhythm::Continuing),
    ("全年持续", Rhythm::Continuing),
    ("贯穿全年", Rhythm::Continuing),
    ("滚动", Rhythm::Continuing),
    ("每月", Rhythm::Monthly),
    ("每季度末", Rhythm::Quarterly),
    ("每季度", Rhythm::Quarterly),
    ("每半年", Rhythm::HalfYearly),
    ("每年年底前", Rhythm::Yearly),
    ("每年", Rhythm::Yearly),
];

/// Verbs beside them that add nothing: 长期坚持, 持续推进.
pub(super) const RHYTHM_VERBS: [&str; 20] = [
    "推进",
    "坚持",
    "实施",
    "开展",
    "落实",
    "执行",
    "整改",
    "发力",
    "任务",
    "工作",
    "推动",
    "抓好",
    "进行",
    "保持",
    "深化",
    "加强",
    "性工作",
    "性任务",
    "巩固",
    "跟进",
];

/// Openings of a beat: 每月25日前.
pub(super) const BEATS: [(&str, Rhythm); 12] = [
    ("每个月", Rhythm::Monthly),
    ("每月", Rhythm::Monthly),
    ("按月", Rhythm::Monthly),
    ("每个季度", Rhythm::Quarterly),
    ("每季度", Rhythm::Quarterly),
    ("每季", Rhythm::Quarterly),
    ("按季度", Rhythm::Quarterly),
    ("按季", Rhythm::Quarterly),
    ("每半年", Rhythm::HalfYearly),
    ("每年度", Rhythm::Yearly),
    ("每年", Rhythm::Yearly),
    ("逐年", Rhythm::Yearly),
];

/// Verbs of finishing right behind a date.
pub(super) const DONE: [&str; 12] = [
    "完成",
    "全部完成",
    "全面完成",
    "基本完成",
    "建成",
    "完工",
    "竣工",
    "投用",
    "投入使用",
    "交付",
    "建成投用",
    "办结",
];

/// Words that may stand around a deadline inside its clause without belonging to it.
pub(super) const AROUND: [&str; 12] = [
    "并",
    "完成",
    "取得明显成效",
    "取得阶段性成效",
    "取得实效",
    "全部完成",
    "全面完成",
    "基本完成",
    "建成",
    "到位",
    "完成并持续推进",
    "力争",
];

/// Ends of titles that public bodies issue.
pub(super) const TITLE_ENDS: [&str; 35] = [
    "分解",
    "重点工作",
    "报告",
    "指引",
    "建议",
    "通知",
    "意见",
    "方案",
    "计划",
    "规划",
    "要点",
    "办法",
    "措施",
    "细则",
    "规定",
    "清单",
    "分工",
    "分解表",
    "任务表",
    "任务书",
    "台账",
    "决定",
    "通报",
    "安排",
    "行动",
    "事项",
    "项目",
    "函",
    "批复",
    "公告",
    "目标",
    "任务",
    "一览表",
    "表",
    "实事",
];

/// Words in the titles of chapters that set goals or say how the work is organised: their items are no tasks.
pub(super) const FRAMES: [&str; 27] = [
    "主要指标",
    "指标体系",
    "目标指标",
    "工作思路",
    "目标要求",
    "工作原则",
    "总体安排",
    "预期目标",
    "行动目标",
    "建设目标",
    "总体要求",
    "总体目标",
    "总体思路",
    "指导思想",
    "基本原则",
    "主要目标",
    "工作目标",
    "发展目标",
    "组织保障",
    "保障措施",
    "工作要求",
    "组织实施",
    "组织领导",
    "附则",
    "工作保障",
    "有关要求",
    "目标任务和要求",
];

/// Words of closing articles.
pub(super) const CLOSINGS: [&str; 5] = ["负责解释", "之日起施行", "之日起实施", "起施行", "有效期"];

/// Those of them that say how the work is organised.
pub(super) const SAFEGUARDS: [&str; 7] = [
    "组织保障",
    "保障措施",
    "工作要求",
    "组织实施",
    "组织领导",
    "工作保障",
    "有关要求",
];

/// Signs in front of points without numbers.
pub(super) const BULLETS: &str = "•●■◆▪·★※◎○□▲";

/// What web pages put before and after a notice: beginnings of lines that say nothing of it.
pub(super) const BOILERPLATE: [&str; 41] = [
    "-信息来源",
    "【全文】",
    "当前位置",
    "您的位置",
    "您当前的位置",
    "首页",
    "》》",
    ">>",
    "发布时间",
    "时间：20",
    "信息来源",
    "浏览次数",
    "字号：",
    "字体：",
    "【字体",
    "【字号",
    "分享到",
    "打印本页",
    "关闭窗口",
    "责任编辑",
    "扫一扫",
    "版权所有",
    "网站地图",
    "上一篇",
    "下一篇",
    "相关链接",
    "相关附件",
    "主办单位：",
    "主办：",
    "承办：",
    "返回首页",
    "返回",
    "无障碍",
    "长者模式",
    "网站标识码",
    "网站支持IPv6",
    "附件下载",
    "点击量",
    "来源：",
    "打印",
    "保护视力色",
];

/// Signs of such a line wherever they stand in it.
pub(super) const BOILERPLATE_INSIDE: [&str; 11] = [
    "ICP备",
    "网站标识码",
    "公网安备",
    "版权所有",
    "浏览次数",
    "设为首页",
    "加入收藏",
    "点击数",
    "访问量",
    "阅读量",
    "分享到",
];

/// Ends of labels that announce a deadline, and what may stand before them: 完成时限, 时间节点, 进度安排.
pub(super) const TIMES: [&str; 9] = [
    "时限要求",
    "时间要求",
    "时间节点",
    "时间安排",
    "进度安排",
    "时限",
    "时间",
    "期限",
    "节点",
];

/// See [`TIMES`].
pub(super) const TIME_STEMS: [&str; 20] = [
    "",
    "完成",
    "整改",
    "推进",
    "工作",
    "办结",
    "落实",
    "计划",
    "计划完成",
    "进度",
    "实施",
    "目标",
    "达标",
    "办理",
    "建成",
    "拟完成",
    "预计完成",
    "任务",
    "任务完成",
    "工作完成",
];
