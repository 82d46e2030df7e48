//! The scenarios in which people talk: many pairs at once, or one group in which few speak and many listen.

use super::{
    Figures, Report,
    bound::{Bound, BoundArgs},
    cost::Cost,
    participant::{Outcome, Pace, Participant, Run, Talk},
    setup::{Account, Opened},
    socket::Target,
    tally::{Latencies, Percentiles},
};
use crate::{
    error::{Error, Result},
    progress,
};
use indicatif::ProgressBar;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize},
    },
    time::Duration,
};
use tokio::task::JoinSet;

/// Large enough for many small frames in one read, small enough for a thousand sockets.
const BUFFER: usize = 16 * 1024;

/// Who talks with whom.
pub(crate) struct Cast {
    pub(crate) scenario: &'static str,
    /// Each conversation, who is in it, and how many of them speak.
    pub(crate) talks: Vec<(Opened, Vec<Account>, usize)>,
    pub(crate) pace: SpeakingPace,
}

/// When speakers go on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SpeakingPace {
    /// With the acknowledgement.
    Acknowledged,
    /// When no more than so many of their own messages have not come back to them.
    Heard(u32),
    /// So many messages a second, all speakers together.
    PerSecond(f64),
}

/// The figures.
#[derive(Debug, Serialize)]
pub(crate) struct TalkReport {
    scenario: &'static str,
    seconds: f64,
    sockets: usize,
    conversations: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    sends: u64,
    sends_per_s: f64,
    deliveries: u64,
    deliveries_per_s: f64,
    ack: Percentiles,
    delivery: Percentiles,
    lost: u64,
    doubled: u64,
    out_of_order: u64,
    skipped: u64,
    resyncs: u64,
    refused: u64,
    /// Due, and not said in time.
    left_out: u64,
    /// Said, and neither acknowledged nor refused.
    unanswered: u64,
    closed: u64,
    closing_codes: BTreeMap<u16, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Cost>,
}

impl Cast {
    /// Opens all sockets, lets everybody talk within the bounds, and counts.
    pub(crate) async fn play(
        self,
        target: &Target,
        args: BoundArgs,
        bar: &ProgressBar,
    ) -> Result<TalkReport> {
        let speakers: usize = self.talks.iter().map(|talk| talk.2).sum();
        let conversations = self.talks.len();
        let pace = match self.pace {
            SpeakingPace::Acknowledged => Pace::Acknowledged,
            SpeakingPace::Heard(most) => Pace::Heard(most),
            SpeakingPace::PerSecond(rate) => {
                Pace::Every(Duration::from_secs_f64(speakers as f64 / rate.max(0.001)))
            }
        };
        let scenario = self.scenario;
        let participants = self.enter(target, pace, bar).await?;
        progress::count_seconds(bar, "measuring", args.seconds);
        let sockets = participants.len();
        let run = Arc::new(Run {
            bound: Bound::begin(args),
            acks: Latencies::new(),
            deliveries: Latencies::new(),
        });
        let mut tasks = JoinSet::new();
        for participant in participants {
            tasks.spawn(participant.take_part(Arc::clone(&run)));
        }
        let mut all = Outcome::default();
        let mut closing_codes = BTreeMap::new();
        while let Some(outcome) = tasks.join_next().await {
            let outcome = outcome
                .map_err(|error| Error::Failed(format!("a socket's task failed: {error}")))?;
            if let Some(code) = outcome.closed {
                *closing_codes.entry(code).or_insert(0) += 1;
            }
            all.add(outcome);
        }
        bar.finish_and_clear();
        let seconds = run.bound.seconds();
        Ok(TalkReport {
            scenario,
            seconds,
            sockets,
            conversations,
            rate: args.rate,
            sends: all.acked,
            sends_per_s: all.acked as f64 / seconds,
            deliveries: all.delivered,
            deliveries_per_s: all.delivered as f64 / seconds,
            ack: run.acks.percentiles(),
            delivery: run.deliveries.percentiles(),
            lost: all.lost,
            doubled: all.doubled,
            out_of_order: all.out_of_order,
            skipped: all.skipped,
            resyncs: all.resyncs,
            refused: all.refused,
            left_out: all.left_out,
            unanswered: all.unanswered,
            closed: closing_codes.values().sum(),
            closing_codes,
            server: None,
        })
    }

    async fn enter(
        self,
        target: &Target,
        pace: Pace,
        bar: &ProgressBar,
    ) -> Result<Vec<Participant>> {
        let mut seats = Vec::new();
        for (opened, accounts, speakers) in self.talks {
            let talk = Arc::new(Talk {
                id: opened.id,
                last_seq: opened.last_seq,
                head: AtomicU64::new(opened.last_seq),
                voices: AtomicUsize::new(speakers),
            });
            for (at, account) in accounts.into_iter().enumerate() {
                let pace = (at < speakers).then_some(pace);
                seats.push((Arc::clone(&talk), account.token, pace));
            }
        }
        let tokens: Vec<_> = seats.iter().map(|seat| seat.1.clone()).collect();
        let sockets = target.open_all(&tokens, BUFFER, || bar.inc(1)).await?;
        let participants = seats.into_iter().zip(sockets).enumerate();
        Ok(participants
            .map(|(number, ((talk, _, pace), socket))| Participant {
                number: number as u64,
                socket,
                talk,
                pace,
            })
            .collect())
    }
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.acked += other.acked;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.skipped += other.skipped;
        self.doubled += other.doubled;
        self.out_of_order += other.out_of_order;
        self.refused += other.refused;
        self.resyncs += other.resyncs;
        self.left_out += other.left_out;
        self.unanswered += other.unanswered;
    }
}

impl TalkReport {
    /// A server that loses, doubles or reorders is not fast but wrong.
    pub(crate) fn verdict(&self) -> Result<()> {
        let Self {
            lost,
            doubled,
            out_of_order,
            ..
        } = self;
        if (*lost, *doubled, *out_of_order) != (0, 0, 0) {
            return Err(Error::Failed(format!(
                "{lost} deliveries were lost, {doubled} doubled, {out_of_order} out of order"
            )));
        }
        match self.closed {
            0 => Ok(()),
            closed => Err(Error::Failed(format!(
                "{closed} sockets were closed; the figures are of those that were left"
            ))),
        }
    }
}

impl Report for TalkReport {
    fn cost(&mut self, cost: Option<Cost>) {
        self.server = cost;
    }

    fn figures(&self) -> Figures {
        let mut figures = vec![
            ("scenario", self.scenario.to_owned()),
            ("seconds", format!("{:.1}", self.seconds)),
            ("sockets", self.sockets.to_string()),
            ("conversations", self.conversations.to_string()),
            ("acknowledged sends", self.sends.to_string()),
            ("  per second", format!("{:.0}", self.sends_per_s)),
            (Percentiles::TITLE, self.ack.shown()),
            ("deliveries", self.deliveries.to_string()),
            ("  per second", format!("{:.0}", self.deliveries_per_s)),
            (Percentiles::TITLE, self.delivery.shown()),
            (
                "lost / doubled / out of order",
                format!("{} / {} / {}", self.lost, self.doubled, self.out_of_order),
            ),
            (
                "resyncs / skipped by them",
                format!("{} / {}", self.resyncs, self.skipped),
            ),
            (
                "refused / sockets closed",
                format!("{} / {}", self.refused, self.closed),
            ),
            (
                "left out / unanswered",
                format!("{} / {}", self.left_out, self.unanswered),
            ),
            ("closing codes", format!("{:?}", self.closing_codes)),
        ];
        figures.extend(Cost::figures(&self.server));
        figures
    }
}
