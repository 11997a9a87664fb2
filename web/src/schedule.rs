//! What runs by itself, and when: all schedules stand in [`JOBS`].
//!
//! The wall clock is polled; the program never sleeps until the next time, because timers know nothing of a clock that
//! is set or a machine that was asleep. After a pause each job runs once, however many of its times were missed.
//!
//! The schedule library goes wrong where clocks are moved: times that do not exist or exist twice, and in the hour that
//! comes twice even "every minute" stands still (see the tests). So it never hears of a zone: what runs every minute is
//! reckoned in UTC, what runs at a time of day on the civil clock as it is read off the wall.

use crate::app::App;
use crate::channel::{Channel, channels};
use crate::mail;
use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use cron::Schedule;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often the wall clock is looked at.
const POLL: Duration = Duration::from_secs(2);
/// How long a stop waits for mails that are on their way.
const GRACE: Duration = Duration::from_secs(8);

/// Something that runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Finds who is due to be reminded.
    Remind,
    /// Lets silence count where a time limit says so.
    TimeOuts,
    /// Looks again who can act, and removes what is over: ended sessions, old attempts.
    Tidy,
}

/// Whose time a schedule is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reckoning {
    /// UTC: so often, whatever the clocks on the wall do.
    Utc,
    /// The clock on the wall in the time zone of the configuration.
    Civil,
}

/// Every job with its schedule (seconds first, day 1 of the week is Sunday).
const JOBS: [(Job, Reckoning, &str); 3] = [
    // Every minute: a rule's hour is met within a minute, and repeating is harmless.
    (Job::Remind, Reckoning::Utc, "0 * * * * *"),
    // Every minute: a time limit ends with its day; whoever looks at eight finds it done.
    (Job::TimeOuts, Reckoning::Utc, "20 * * * * *"),
    // Once a night, when nobody works, and not in an hour that clocks are moved over.
    (Job::Tidy, Reckoning::Civil, "0 40 3 * * *"),
];

/// When each job ran last.
pub struct Timetable {
    zone: Tz,
    jobs: Vec<Entry>,
}

struct Entry {
    job: Job,
    reckoning: Reckoning,
    schedule: Schedule,
    last: Option<DateTime<Utc>>,
}

impl Timetable {
    /// The timetable of [`JOBS`]; every job is due at once.
    ///
    /// # Errors
    /// The text of a schedule that cannot be read.
    pub fn new(zone: Tz) -> Result<Self, String> {
        let jobs = JOBS.iter().map(|(job, reckoning, text)| {
            let schedule = Schedule::from_str(text).map_err(|e| format!("schedule `{text}`: {e}"))?;
            Ok(Entry {
                job: *job,
                reckoning: *reckoning,
                schedule,
                last: None,
            })
        });
        Ok(Self {
            zone,
            jobs: jobs.collect::<Result<_, String>>()?,
        })
    }

    /// The jobs whose time has come by `now`, each once; they count as run. A clock that was set back makes them wait
    /// for their next time from there.
    pub fn due(&mut self, now: DateTime<Utc>) -> Vec<Job> {
        let zone = self.zone;
        let read = |reckoning, at: DateTime<Utc>| match reckoning {
            Reckoning::Utc => at.naive_utc(),
            Reckoning::Civil => at.with_timezone(&zone).naive_local(),
        };
        let mut due = Vec::new();
        for entry in &mut self.jobs {
            let last = entry.last.map(|last| last.min(now));
            let comes = last.is_none_or(|last| {
                let (last, now) = (read(entry.reckoning, last), read(entry.reckoning, now));
                next(&entry.schedule, last.min(now)).is_some_and(|next| next <= now)
            });
            if comes {
                due.push(entry.job);
                entry.last = Some(now);
            } else {
                entry.last = last;
            }
        }
        due
    }
}

/// The next time of a schedule after another, both read off the same clock.
fn next(schedule: &Schedule, after: NaiveDateTime) -> Option<NaiveDateTime> {
    let next = schedule.after(&Utc.from_utc_datetime(&after)).next();
    next.map(|next| next.naive_utc())
}

/// The worker inside the server: one loop for the timetable, one for each way out, so that a silent relay delays
/// neither a tick nor another way.
pub struct Worker {
    stop: watch::Sender<bool>,
    loops: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts the loops.
    ///
    /// # Errors
    /// The text of a schedule that cannot be read.
    pub fn start(app: &App) -> Result<Self, String> {
        let (stop, stopped) = watch::channel(false);
        let timetable = Timetable::new(app.config.zone)?;
        let mut loops = vec![tokio::spawn(keep_time(app.clone(), timetable, stopped.clone()))];
        for channel in channels(app) {
            loops.push(tokio::spawn(empty_outbox(app.clone(), channel, stopped.clone())));
        }
        Ok(Self { stop, loops })
    }

    /// Lets what is being done end, for a short while. A mail that is cut off is sent again after the next start, with
    /// the same Message-ID.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for mut running in self.loops {
            if tokio::time::timeout(GRACE, &mut running).await.is_err() {
                running.abort();
            }
        }
    }
}

async fn keep_time(app: App, mut timetable: Timetable, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        for job in timetable.due(app.service.moment().now) {
            let app = app.clone();
            contained(job_name(job), async move { run(&app, job).await }).await;
        }
        pause(&mut stopped, POLL).await;
    }
}

async fn empty_outbox(app: App, channel: Arc<dyn Channel>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let app = app.clone();
        let turn = Arc::clone(&channel);
        contained(channel.code(), async move { turn.send_waiting(&app).await.map(|_| ()) }).await;
        pause(&mut stopped, channel.held_back().unwrap_or(POLL).min(POLL)).await;
    }
}

async fn pause(stopped: &mut watch::Receiver<bool>, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        _ = stopped.changed() => {}
    }
}

/// Runs one turn in a task of its own: an error or a panic ends the turn, not the loop.
async fn contained(name: &'static str, turn: impl Future<Output = duban_service::Result<()>> + Send + 'static) {
    match tokio::spawn(turn).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!("{name} failed: {error}"),
        Err(panic) => tracing::error!("{name} panicked: {panic}"),
    }
}

fn job_name(job: Job) -> &'static str {
    match job {
        Job::Remind => "remind",
        Job::TimeOuts => "time_outs",
        Job::Tidy => "tidy",
    }
}

async fn run(app: &App, job: Job) -> duban_service::Result<()> {
    match job {
        Job::Remind => {
            let robots: Vec<&str> = app.config.robots.list.iter().map(|robot| robot.kind).collect();
            app.service.tick_groups(&robots).await?;
            if let Some(folder) = &app.config.bounces {
                mail::bounce::read_maildir(&app.service, folder).await?;
            }
            let ticked = app.service.tick().await?;
            if ticked.mails > 0 {
                tracing::info!(
                    occurrences = ticked.occurrences,
                    mails = ticked.mails,
                    "{} reminders are due, in {} mails",
                    ticked.occurrences,
                    ticked.mails
                );
            }
            Ok(())
        }
        Job::TimeOuts => {
            let rounds = app.service.time_outs().await?;
            if rounds > 0 {
                tracing::info!(rounds, "silence counted in {rounds} rounds");
            }
            Ok(())
        }
        Job::Tidy => {
            // Posts that begin or end today: who can sit where is looked at before anybody works.
            app.service.recheck().await?;
            app.service.look_for_gaps().await?;
            app.service.sweep_sessions().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn table() -> Timetable {
        Timetable::new(chrono_tz::Asia::Shanghai).unwrap()
    }

    #[test]
    fn every_job_runs_at_the_start_and_then_at_its_times() {
        let mut table = table();
        assert_eq!(
            table.due(at("2026-03-02T01:00:05Z")),
            [Job::Remind, Job::TimeOuts, Job::Tidy]
        );
        assert_eq!(table.due(at("2026-03-02T01:00:07Z")), []);
        assert_eq!(table.due(at("2026-03-02T01:00:20Z")), [Job::TimeOuts]);
        assert_eq!(table.due(at("2026-03-02T01:01:00Z")), [Job::Remind]);
        // 03:40 in Shanghai.
        assert!(table.due(at("2026-03-02T19:40:01Z")).contains(&Job::Tidy));
    }

    #[test]
    fn a_pause_of_days_is_made_up_for_once() {
        let mut table = table();
        table.due(at("2026-03-02T01:00:00Z"));
        assert_eq!(table.due(at("2026-03-12T01:00:30Z")).len(), 3);
        assert_eq!(table.due(at("2026-03-12T01:00:31Z")), []);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_the_jobs() {
        let mut table = table();
        table.due(at("2026-03-12T01:00:30Z"));
        assert_eq!(table.due(at("2026-03-02T01:00:30Z")), []);
        assert_eq!(table.due(at("2026-03-02T01:01:00Z")), [Job::Remind]);
    }

    /// What the library does with odd times, pinned: whoever writes a schedule should know.
    #[test]
    fn the_traps_of_the_schedule_library_are_known() {
        let berlin = chrono_tz::Europe::Berlin;
        let fires = |text: &str, from: DateTime<Tz>, hours: i64| {
            let until = from + chrono::TimeDelta::hours(hours);
            let schedule = Schedule::from_str(text).unwrap();
            schedule.after(&from).take_while(|at| *at < until).count()
        };
        let day = |y, m, d| berlin.with_ymd_and_hms(y, m, d, 0, 0, 0).unwrap();
        assert_eq!(fires("0 30 2 * * *", day(2026, 3, 29), 23), 0, "02:30 does not exist");
        assert_eq!(fires("0 30 2 * * *", day(2026, 10, 25), 25), 2, "02:30 exists twice");
        // A step in the hour that comes twice loses the way: an hour without a single minute.
        let fold = berlin.with_ymd_and_hms(2026, 10, 25, 2, 59, 30).earliest().unwrap();
        let next = Schedule::from_str("0 * * * * *").unwrap().after(&fold).next().unwrap();
        assert!(next - fold > chrono::TimeDelta::minutes(50), "{next}");
        // Day 1 of the week is Sunday: 6 September 2026.
        let first = Schedule::from_str("0 0 9 * * 1").unwrap();
        let next = first.after(&day(2026, 9, 1)).next().unwrap();
        assert_eq!(next.date_naive().to_string(), "2026-09-06");
        assert!(Schedule::from_str("30 8 * * *").is_err(), "seconds are compulsory");
        assert_eq!(
            Schedule::from_str("0 0 9 31 2 *")
                .unwrap()
                .after(&day(2026, 1, 1))
                .next(),
            None
        );
    }
}
