//! Pictures of the graph with the words and addresses of this site.

use super::{Scene, views};
use crate::i18n::{Locale, Texts};
use chrono::{Datelike, NaiveDate};
use duban_core::graph::picture::{Drawing, Focus, Say, Target};
use duban_core::graph::{Around, Critical, Wait};
use duban_service::graph::CampaignGraph;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;

/// Says what pictures say, in one language.
fn say(texts: &Texts, locale: Locale, what: Say) -> String {
    let text = |key: &str, args: &[(&str, String)]| {
        let args: BTreeMap<String, String> = args
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        texts.text(locale, key, &args)
    };
    match what {
        Say::Mark(part) => text(&format!("graph.mark.{}", part.code()), &[]),
        Say::Part(part) => text(&format!("graph.part.{}", part.code()), &[]),
        Say::Members(count) => text("graph.members", &[("count", count.to_string())]),
        Say::More(count) => text("graph.more", &[("count", count.to_string())]),
        Say::Tasks(numbers) => text("graph.tasks_of", &[("numbers", numbers)]),
        Say::Day(day) => date(texts, locale, day),
        Say::Slack(days) => text("graph.slack", &[("count", days.to_string())]),
        Say::Waits(lead, support, tasks) => text(
            "graph.waits_because",
            &[("lead", lead), ("support", support), ("tasks", tasks)],
        ),
        Say::Head(head) => text(&format!("graph.head.{}", head.code()), &[]),
    }
}

fn date(texts: &Texts, locale: Locale, day: NaiveDate) -> String {
    let weekday = format!("date.weekday.{}", day.weekday().number_from_monday());
    let args = [
        ("year", day.year().to_string()),
        ("month", texts.plain(locale, &format!("date.month.{}", day.month()))),
        ("day", day.day().to_string()),
        ("weekday", texts.plain(locale, &weekday)),
    ];
    let args = args.into_iter().map(|(name, value)| (name.to_owned(), value));
    texts.text(locale, "date.long", &args.collect())
}

fn size(texts: &Texts, locale: Locale, graph: &CampaignGraph) -> String {
    let size = BTreeMap::from([
        ("tasks".to_owned(), graph.graph.tasks().len().to_string()),
        ("units".to_owned(), graph.graph.units().len().to_string()),
        ("edges".to_owned(), graph.graph.edges().count().to_string()),
    ]);
    texts.text(locale, "graph.size", &size)
}

/// The task × unit matrix for the command line: without addresses.
pub fn cli_matrix(graph: &CampaignGraph, texts: &Texts, locale: Locale) -> String {
    graph.graph.matrix_svg(&Drawing {
        labels: &graph.labels,
        title: graph.title.clone(),
        description: size(texts, locale, graph),
        say: &|what| say(texts, locale, what),
        address: &|_| String::new(),
    })
}

impl Scene<'_> {
    /// Draws with this site's words; `linked` pictures lead to pages, files do not.
    fn draw(&self, view: &str, linked: bool, draw: impl Fn(&Drawing) -> String) -> String {
        let (texts, locale) = (&self.signed.app.texts, self.signed.locale);
        let rest = self.rest();
        let address = |target: Target| {
            if !linked {
                return String::new();
            }
            match (view, target) {
                ("columns", Target::Unit(unit)) => format!("/graph?view=columns&focus=u{unit}{rest}"),
                ("columns", Target::Task(task)) => format!("/graph?view=columns&focus=t{task}{rest}"),
                (_, Target::Collective(name)) => {
                    let name = utf8_percent_encode(&name, NON_ALPHANUMERIC);
                    format!("/graph?view=columns&focus=c{name}{rest}")
                }
                ("ego", Target::Unit(unit)) => format!("/graph?view=ego&unit={unit}{rest}"),
                (_, Target::Unit(unit)) => format!("/units/{unit}"),
                (_, Target::Task(task)) => format!("/tasks/{task}"),
                (_, Target::Pair(support, lead)) => {
                    format!("/graph?view=units&support={support}&lead={lead}{rest}#pair")
                }
            }
        };
        draw(&Drawing {
            labels: &self.graph.labels,
            title: format!(
                "{} · {}",
                self.signed.text(&format!("graph.view.{view}")),
                self.graph.title
            ),
            description: format!(
                "{} {}",
                size(texts, locale, self.graph),
                self.signed.text(&format!("graph.note.{view}"))
            ),
            say: &|what| say(texts, locale, what),
            address: &address,
        })
    }

    pub(super) fn columns_svg(&self, focus: Option<&Focus>, linked: bool) -> String {
        let net = &self.graph.graph;
        self.draw("columns", linked, |drawing| net.columns_svg(drawing, focus))
    }

    pub(super) fn ego_svg(&self, around: &Around, linked: bool) -> String {
        let net = &self.graph.graph;
        self.draw("ego", linked, |drawing| net.ego_svg(drawing, around))
    }

    pub(super) fn ring_svg(&self, ring: &[Wait], number: usize, linked: bool) -> String {
        let (net, id) = (&self.graph.graph, format!("ring-{number}"));
        self.draw("rings", linked, |drawing| net.ring_svg(drawing, &id, ring))
    }

    pub(super) fn critical_svg(&self, critical: &Critical, linked: bool) -> String {
        let net = &self.graph.graph;
        self.draw("critical", linked, |drawing| net.critical_svg(drawing, critical))
    }

    /// The picture of a view as a file of its own; none when there is nothing to draw.
    pub(super) fn file(&self, view: &str) -> Option<String> {
        let net = &self.graph.graph;
        match view {
            "matrix" => Some(self.draw("matrix", false, |drawing| net.matrix_svg(drawing))),
            "units" => Some(self.draw("units", false, |drawing| net.units_svg(drawing))),
            "columns" => Some(self.columns_svg(views::focus(self).as_ref(), false)),
            "ego" => {
                let around = net.around(views::middle(self)?)?;
                Some(self.ego_svg(&around, false))
            }
            "rings" => {
                let group = net.rings().into_iter().next()?;
                Some(self.ring_svg(&group.ring, 1, false))
            }
            "critical" => {
                let found = net.critical(&self.graph.courses, self.graph.clock());
                (!found.path.is_empty()).then(|| self.critical_svg(&found, false))
            }
            _ => None,
        }
    }
}
