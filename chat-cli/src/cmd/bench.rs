//! `chat bench`: puts a server under load, measures it, and fails when anything was lost, doubled or out of order.

use crate::{
    bench::{
        self, Report,
        bound::BoundArgs,
        cost::Watch,
        history, idle, rest,
        setup::{Ground, GroundArgs},
        spawn::Spawned,
        storm,
        talk::{Cast, SpeakingPace},
    },
    cli::Global,
    cmd::serve::more_files,
    error::Result,
    output::Output,
    progress,
};
use clap::{Args, Subcommand};
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  chat bench pairs --spawn --pairs 500 --seconds 10
  chat bench fanout --spawn --sockets 1000 --rate 100
  chat bench storm --spawn --sockets 2000
  chat bench idle --spawn --sockets 5000
  chat bench history --spawn --messages 100000 --connections 8
  chat bench rest --spawn --connections 8 --count 10000 -o jsonl
  chat bench rest --spawn --connections 64 --rate 2000
  chat bench pairs --server http://127.0.0.1:8000 --database sqlite://chat.db --pairs 20

A server that is not started with --spawn holds the load to its limits. Without --database, accounts are made by
signing up, which it limits, too: a minute for 60 where nobody has changed that. They stay there, with what they said.
The load goes over plain HTTP: name the server itself, not the proxy that encrypts for it.
With --rate, latency counts from when each call was due, not from when it could be made.
docs/benchmarks.md says what the figures mean, has some of them, and how to repeat them.
";

/// What there is to measure.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum BenchCommand {
    /// Pairs who talk, everybody as fast as they are acknowledged, or at a rate
    Pairs(PairsArgs),
    /// One group, a few who speak and many who listen
    Fanout(FanoutArgs),
    /// Everybody comes back at once, as after a server was away
    Storm(StormArgs),
    /// Sockets on which nothing happens, and the memory they cost
    Idle(IdleArgs),
    /// Pages of a long conversation, over plain HTTP
    History(HistoryArgs),
    /// Messages over plain HTTP
    Rest(RestArgs),
}

/// What `chat bench pairs` takes.
#[derive(Debug, Args)]
pub(crate) struct PairsArgs {
    /// How many pairs; each has two sockets
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pairs: u32,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    ground: GroundArgs,
}

/// What `chat bench fanout` takes.
#[derive(Debug, Args)]
pub(crate) struct FanoutArgs {
    /// How many sockets listen, the speakers' among them
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    sockets: u32,
    /// How many of them speak, each at most 400 times a second
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    senders: u32,
    /// How many of its messages a speaker has under way at a time, without a rate
    #[arg(long, default_value_t = 4, conflicts_with = "rate", value_parser = clap::value_parser!(u32).range(1..))]
    in_flight: u32,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    ground: GroundArgs,
}

/// What `chat bench storm` takes.
#[derive(Debug, Args)]
pub(crate) struct StormArgs {
    /// How many come back
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    sockets: u32,
    /// How long each of them waits to be ready, in seconds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// So many come a second [default: all at the same moment]
    #[arg(long, value_name = "PER SECOND", value_parser = bench::bound::rate)]
    rate: Option<f64>,
    #[command(flatten)]
    ground: GroundArgs,
}

/// What `chat bench idle` takes.
#[derive(Debug, Args)]
pub(crate) struct IdleArgs {
    /// How many sockets
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    sockets: u32,
    /// How long they are held open, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    #[command(flatten)]
    ground: GroundArgs,
}

/// What `chat bench history` takes.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// How many messages there are to look back at; they are said first
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,
    /// How many connections at a time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    ground: GroundArgs,
}

/// What `chat bench rest` takes.
#[derive(Debug, Args)]
pub(crate) struct RestArgs {
    /// How many connections at a time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    #[command(flatten)]
    bound: BoundArgs,
    #[command(flatten)]
    ground: GroundArgs,
}

/// Does it.
pub(crate) async fn run(command: BenchCommand, global: &Global, out: Output) -> Result<()> {
    // The server that is started for the load gets as many, too.
    more_files();
    match command {
        BenchCommand::Pairs(args) => pairs(args, global, out).await,
        BenchCommand::Fanout(args) => fanout(args, global, out).await,
        BenchCommand::Storm(args) => storm(args, global, out).await,
        BenchCommand::Idle(args) => idle(args, global, out).await,
        BenchCommand::History(args) => history(args, global, out).await,
        BenchCommand::Rest(args) => rest(args, global, out).await,
    }
}

async fn pairs(args: PairsArgs, global: &Global, out: Output) -> Result<()> {
    let mut ground = Ground::new(&args.ground, global).await?;
    let sockets = args.pairs as usize * 2;
    let bar = progress::bar(&out, "preparing", sockets as u64 * 2);
    let mut accounts = ground.accounts(sockets, &bar).await?;
    let mut opened = Vec::new();
    for pair in accounts.chunks_exact(2) {
        opened.push(ground.direct(&pair[0], &pair[1]).await?);
    }
    ground.hold(&mut accounts, args.bound.seconds).await?;
    let (target, spawned, pid) = ground.ready().await?;
    let pairs = opened.into_iter().zip(accounts.chunks_exact(2));
    let cast = Cast {
        scenario: "pairs",
        talks: pairs
            .map(|(opened, pair)| (opened, pair.to_vec(), 2))
            .collect(),
        pace: args
            .bound
            .rate
            .map_or(SpeakingPace::Acknowledged, SpeakingPace::PerSecond),
    };
    let watch = Watch::begin(pid)?;
    let report = cast.play(&target, args.bound, &bar).await?;
    let report = end(report, watch, spawned, &out).await?;
    report.verdict()
}

async fn fanout(args: FanoutArgs, global: &Global, out: Output) -> Result<()> {
    let mut ground = Ground::new(&args.ground, global).await?;
    let sockets = args.sockets as usize;
    let senders = args.senders.min(args.sockets) as usize;
    let bar = progress::bar(&out, "preparing", sockets as u64 * 2);
    let mut accounts = ground.accounts(sockets, &bar).await?;
    let opened = ground.group(&accounts).await?;
    ground.hold(&mut accounts, args.bound.seconds).await?;
    let (target, spawned, pid) = ground.ready().await?;
    let cast = Cast {
        scenario: "fanout",
        talks: vec![(opened, accounts, senders)],
        pace: args
            .bound
            .rate
            .map_or(SpeakingPace::Heard(args.in_flight), SpeakingPace::PerSecond),
    };
    let watch = Watch::begin(pid)?;
    let report = cast.play(&target, args.bound, &bar).await?;
    let report = end(report, watch, spawned, &out).await?;
    report.verdict()
}

async fn storm(args: StormArgs, global: &Global, out: Output) -> Result<()> {
    let mut ground = Ground::new(&args.ground, global).await?;
    let bar = progress::bar(&out, "preparing", u64::from(args.sockets) * 2);
    let mut accounts = ground.accounts(args.sockets as usize, &bar).await?;
    let coming_s = args.rate.map_or(0.0, |rate| f64::from(args.sockets) / rate);
    let seconds = args.seconds.saturating_add(coming_s as u64);
    ground.hold(&mut accounts, seconds).await?;
    let (target, spawned, pid) = ground.ready().await?;
    let watch = Watch::begin(pid)?;
    let patience = Duration::from_secs(args.seconds);
    let report = storm::play(&target, accounts, args.rate, patience, &bar).await?;
    let report = end(report, watch, spawned, &out).await?;
    report.verdict()
}

async fn idle(args: IdleArgs, global: &Global, out: Output) -> Result<()> {
    let mut ground = Ground::new(&args.ground, global).await?;
    let bar = progress::bar(&out, "preparing", u64::from(args.sockets) * 2);
    let mut accounts = ground.accounts(args.sockets as usize, &bar).await?;
    ground.hold(&mut accounts, args.seconds).await?;
    let (target, spawned, pid) = ground.ready().await?;
    let watch = Watch::begin(pid)?;
    let time = Duration::from_secs(args.seconds);
    let report = idle::play(&target, &accounts, pid, time, &bar).await?;
    let report = end(report, watch, spawned, &out).await?;
    report.verdict()
}

async fn history(args: HistoryArgs, global: &Global, out: Output) -> Result<()> {
    let mut ground = Ground::new(&args.ground, global).await?;
    let steps = u64::from(args.connections) + args.messages;
    let bar = progress::bar(&out, "preparing", steps);
    let mut accounts = ground.accounts(args.connections as usize, &bar).await?;
    let opened = ground.group(&accounts).await?;
    let opened = ground.fill(opened, &accounts, args.messages, &bar).await?;
    ground.hold(&mut accounts, args.bound.seconds).await?;
    let (target, spawned, pid) = ground.ready().await?;
    progress::count_seconds(&bar, "measuring", args.bound.seconds);
    let watch = Watch::begin(pid)?;
    let report = history::play(&target, opened, accounts, args.bound).await?;
    bar.finish_and_clear();
    let report = end(report, watch, spawned, &out).await?;
    report.verdict()
}

async fn rest(args: RestArgs, global: &Global, out: Output) -> Result<()> {
    let mut ground = Ground::new(&args.ground, global).await?;
    let bar = progress::bar(&out, "preparing", args.connections.into());
    let mut accounts = ground.accounts(args.connections as usize, &bar).await?;
    let opened = ground.group(&accounts).await?;
    ground.hold(&mut accounts, args.bound.seconds).await?;
    let (target, spawned, pid) = ground.ready().await?;
    progress::count_seconds(&bar, "measuring", args.bound.seconds);
    let watch = Watch::begin(pid)?;
    let report = rest::play(&target, opened, accounts, args.bound).await?;
    bar.finish_and_clear();
    let report = end(report, watch, spawned, &out).await?;
    report.verdict()
}

/// Says what it cost, waits until the server is gone, for only then can its files be deleted, and prints.
async fn end<R: Report>(
    mut report: R,
    watch: Option<(Watch, Watch)>,
    spawned: Option<Spawned>,
    out: &Output,
) -> Result<R> {
    report.cost(Watch::end(watch)?);
    if let Some(spawned) = spawned {
        spawned.end().await;
    }
    bench::print(&report, out)?;
    Ok(report)
}
