//! The pacer against a model of the provider's limiter: a sliding window whose
//! penalty starts anew with every early request. Time is paused: hours pass in
//! milliseconds.

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::allowance::{Allowance, Inquiry, RateKey, Told};
use futures::future::{join_all, select_all};
use proptest::prelude::*;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::answer::Headers;
use crate::reading::Reading;

static HEAVY: Group = Group::new("heavy", 10, 60);

fn in_paused_time<T>(test: impl Future<Output = T>) -> T {
    let builder = &mut tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(test)
}

async fn pass(time: Duration) {
    let never = timeout(time, pending::<()>()).await;
    assert!(never.is_err());
}

fn ask(urgency: Urgency) -> Ask<'static> {
    Ask {
        peer: "Provider",
        subject: "user",
        route: "/things",
        group: &HEAVY,
        urgency,
        counts: true,
    }
}

fn content() -> Ask<'static> {
    ask(Urgency::Content)
}

fn far() -> Instant {
    Instant::now() + Duration::from_hours(1000)
}

/// The provider's side, as strict as it may be: the border counts in.
struct Limiter {
    limit: usize,
    window: Duration,
    penalty: Duration,
    counted: VecDeque<Instant>,
    shut_until: Option<Instant>,
    served: usize,
    refused: usize,
    /// Requests that came inside a penalty.
    early: usize,
    throws: u32,
}

impl Limiter {
    fn new(limit: usize, window: Duration) -> Limiter {
        Limiter {
            limit,
            window,
            penalty: window,
            counted: VecDeque::new(),
            shut_until: None,
            served: 0,
            refused: 0,
            early: 0,
            throws: 0,
        }
    }

    /// The next of numbers that look like chance.
    fn chance(&mut self) -> f64 {
        self.throws += 1;
        f64::from(self.throws * 61 % 97) / 97.0
    }

    /// The remaining budget, or the penalty.
    fn hit(&mut self) -> Result<usize, Duration> {
        let now = Instant::now();
        while self
            .counted
            .front()
            .is_some_and(|at| *at + self.window < now)
        {
            self.counted.pop_front();
        }
        let early = self.shut_until.is_some_and(|end| now < end);
        if early || self.counted.len() >= self.limit {
            self.early += usize::from(early);
            self.refused += 1;
            self.shut_until = Some(now + self.penalty);
            return Err(self.penalty);
        }
        self.counted.push_back(now);
        self.served += 1;
        Ok(self.limit - self.counted.len())
    }

    fn headers(&self, remaining: usize) -> Headers {
        let limit = self.limit.to_string();
        let remaining = remaining.to_string();
        let window = self.window.as_secs_f64().to_string();
        [
            ("X-Rate-Limit-Group", "Heavy"),
            ("X-Rate-Limit-Limit", limit.as_str()),
            ("X-Rate-Limit-Remaining", remaining.as_str()),
            ("X-Rate-Limit-Window", window.as_str()),
        ]
        .into_iter()
        .collect()
    }
}

type Shared = Arc<Mutex<Limiter>>;

/// One request there and back, settled by what the limiter says.
async fn request(pacer: &Arc<Pacer>, limiter: &Shared, there: Duration, back: Duration) {
    let permit = pacer.admit(content(), far()).await.unwrap();
    pass(there).await;
    let (answer, headers) = {
        let mut limiter = limiter.lock().unwrap();
        let answer = limiter.hit();
        let headers = limiter.headers(*answer.as_ref().unwrap_or(&0));
        (answer, headers)
    };
    pass(back).await;
    let reading = Reading::of(&headers);
    match answer {
        Ok(_) => permit.answered(&reading),
        Err(pause) => permit.throttled(
            &reading.without_remaining(),
            pause,
            limiter.lock().unwrap().chance(),
        ),
    };
}

/// `workers` that never rest, for so many windows.
async fn backlog(pacer: &Arc<Pacer>, limiter: &Shared, workers: u32, windows: u32, lag: Duration) {
    let window = limiter.lock().unwrap().window;
    let work = join_all((0..workers).map(|worker| async move {
        for turn in 0_u32.. {
            // Both ways differ from request to request, within the lag.
            let there = lag * ((worker * 7 + turn * 3) % 10 + 1) / 20;
            let back = lag * ((worker * 3 + turn * 7) % 10 + 1) / 20;
            request(pacer, limiter, there, back).await;
        }
    }));
    let _ = timeout(window * windows, work).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_backlog_uses_the_budget_and_never_meets_the_limit(
        limit in 1_usize..60,
        window_ms in prop::sample::select(vec![500_u64, 1_000, 10_000, 60_000]),
        workers in 1_u32..40,
        lag_permille in 0_u32..=10,
    ) {
        let (refused, used) = use_of(limit, window_ms, workers + 20, lag_permille);
        prop_assert_eq!(refused, 0);
        prop_assert!(used >= 980, "used {} permille", used);
    }

    #[test]
    fn no_request_goes_inside_a_penalty_we_were_told_of_whoever_caused_it(
        limit in 2_usize..30,
        theirs in 1_usize..30,
        every_ms in 1_000_u64..90_000,
    ) {
        let shared = Arc::new(Mutex::new(Limiter::new(limit, Duration::from_mins(1))));
        let (told, ignored) = in_paused_time(async {
            // Somebody with the same budget who knows nothing of us.
            let foreign = async {
                loop {
                    pass(Duration::from_millis(every_ms)).await;
                    for _ in 0..theirs {
                        let _ = shared.lock().unwrap().hit();
                    }
                }
            };
            tokio::select! { counts = beside(&shared) => counts, () = foreign => (0, 0) }
        });
        prop_assert!(told > 0);
        prop_assert_eq!(ignored, 0);
    }
}

/// A hundred windows of backlog: how many requests met the limit, and how much
/// of the budget was used, in permille.
fn use_of(limit: usize, window_ms: u64, workers: u32, lag_permille: u32) -> (usize, usize) {
    let window = Duration::from_millis(window_ms);
    let shared = Arc::new(Mutex::new(Limiter::new(limit, window)));
    let lag = window * lag_permille / 1000;
    in_paused_time(backlog(&Arc::default(), &shared, workers, 100, lag));
    let limiter = shared.lock().unwrap();
    (limiter.refused, limiter.served * 1000 / (limit * 100))
}

#[test]
fn our_own_late_answers_do_not_look_like_a_foreign_spender() {
    let (refused, used) = use_of(53, 60_000, 33, 10);
    assert_eq!(refused, 0);
    assert!(used >= 980, "used {used} permille");
}

/// One worker without latency for an hour: how many answers it had, and how
/// many of its requests went inside a penalty that it had been told of.
async fn beside(limiter: &Shared) -> (usize, usize) {
    let pacer: Arc<Pacer> = Arc::default();
    let (mut told, mut ignored) = (0, 0);
    let mut known = Instant::now();
    let end = known + Duration::from_hours(1);
    while let Ok(permit) = pacer.admit(content(), end).await {
        told += 1;
        ignored += usize::from(Instant::now() < known);
        let (answer, headers) = {
            let mut limiter = limiter.lock().unwrap();
            let answer = limiter.hit();
            let headers = limiter.headers(*answer.as_ref().unwrap_or(&0));
            (answer, headers)
        };
        let reading = Reading::of(&headers);
        match answer {
            Ok(_) => permit.answered(&reading),
            Err(pause) => {
                known = Instant::now() + pause;
                permit.throttled(&reading.without_remaining(), pause, 0.0)
            }
        };
        tokio::task::yield_now().await;
    }
    (told, ignored)
}

#[test]
fn two_processes_that_know_nothing_of_each_other_do_not_keep_a_penalty_running() {
    in_paused_time(async {
        let limiter: Shared = Arc::new(Mutex::new(Limiter::new(10, Duration::from_mins(1))));
        let lag = Duration::from_millis(200);
        let (one, two): (Arc<Pacer>, Arc<Pacer>) = (Arc::default(), Arc::default());
        // Every request of theirs so far was refused, half a penalty apart.
        for (pacer, later) in [(&one, 0), (&two, 30)] {
            pass(Duration::from_secs(later)).await;
            let permit = pacer.admit(content(), far()).await.unwrap();
            permit.throttled(&Reading::default(), Duration::from_mins(1), 0.0);
        }
        limiter.lock().unwrap().shut_until = Some(Instant::now() + Duration::from_mins(1));
        let both = [&one, &two].map(|pacer| backlog(pacer, &limiter, 4, 200, lag));
        join_all(both).await;
        let limiter = limiter.lock().unwrap();
        // 200 windows have room for 2,000.
        assert!(limiter.served > 1_000, "served {}", limiter.served);
    });
}

#[test]
fn nothing_goes_while_a_penalty_runs_then_one_alone() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let limiter = Limiter::new(10, Duration::from_mins(1));
        let first = pacer.admit(content(), far()).await.unwrap();
        first.throttled(&Reading::default(), Duration::from_mins(1), 0.0);
        let begun = Instant::now();
        let mut all: Vec<_> = Vec::new();
        for _ in 0..50 {
            let pacer = Arc::clone(&pacer);
            all.push(tokio::spawn(async move {
                pacer.admit(content(), far()).await.unwrap()
            }));
        }
        let probe = all.remove(0).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_mins(1));
        pass(Duration::from_mins(5)).await;
        assert!(
            all.iter().all(|waiting| !waiting.is_finished()),
            "only the probe goes"
        );
        probe.answered(&Reading::of(&limiter.headers(9)));
        pass(Duration::from_millis(10)).await;
        assert_eq!(
            all.iter().filter(|waiting| waiting.is_finished()).count(),
            9
        );
        join_all(all.into_iter().filter(JoinHandle::is_finished)).await;
    });
}

#[test]
fn what_an_earlier_process_spent_is_learned_from_the_first_answer() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let mut limiter = Limiter::new(10, Duration::from_mins(1));
        (0..9).for_each(|_| assert!(limiter.hit().is_ok()));
        let shared = Arc::new(Mutex::new(limiter));
        backlog(&pacer, &shared, 20, 10, Duration::from_millis(100)).await;
        assert_eq!(shared.lock().unwrap().refused, 0);
    });
}

#[test]
fn first_come_first_served_with_a_head_start_for_listings() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let order: Arc<Mutex<Vec<&str>>> = Arc::default();
        let first = pacer.admit(content(), far()).await.unwrap();
        let mut tasks = Vec::new();
        let arrivals = [
            ("content 1", Urgency::Content),
            ("content 2", Urgency::Content),
            ("listing 1", Urgency::Listing),
            ("listing 2", Urgency::Listing),
        ];
        for (name, urgency) in arrivals {
            let (pacer, order) = (Arc::clone(&pacer), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let permit = pacer.admit(ask(urgency), far()).await.unwrap();
                order.lock().unwrap().push(name);
                permit.answered(&Reading::default());
            }));
            pass(Duration::from_secs(1)).await;
        }
        // After more than a window a listing no longer overtakes.
        pass(Duration::from_mins(1)).await;
        let (late, its_order) = (Arc::clone(&pacer), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let permit = late.admit(ask(Urgency::Listing), far()).await.unwrap();
            its_order.lock().unwrap().push("late listing");
            permit.answered(&Reading::default());
        }));
        pass(Duration::from_millis(1)).await;
        first.answered(&Reading::default());
        join_all(tasks).await;
        let expected = [
            "listing 1",
            "listing 2",
            "content 1",
            "content 2",
            "late listing",
        ];
        assert_eq!(*order.lock().unwrap(), expected);
    });
}

#[test]
fn who_goes_away_while_waiting_holds_nobody_up() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let first = pacer.admit(content(), far()).await.unwrap();
        let gone = timeout(Duration::from_secs(1), pacer.admit(content(), far())).await;
        assert!(gone.is_err());
        let waiting = pacer.admit(content(), far());
        let (_, second) = tokio::join!(async { first.answered(&Reading::default()) }, waiting);
        assert!(second.is_ok());
    });
}

#[test]
fn a_permit_given_back_costs_nothing_a_lost_one_does() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let open = pacer.admit(content(), far()).await.unwrap();
        open.answered(&Reading::default());
        for _ in 0..100 {
            pacer.admit(content(), far()).await.unwrap().unsent();
        }
        for _ in 0..9 {
            drop(pacer.admit(content(), far()).await.unwrap());
        }
        let now = Instant::now();
        let eleventh = pacer.admit(content(), far()).await;
        assert!(eleventh.is_ok() && now.elapsed() >= Duration::from_mins(1));
    });
}

#[test]
fn too_late_is_said_at_once_when_it_is_known() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let end = Instant::now() + Duration::from_hours(2);
        pacer.shut("Provider", "user", "heavy", end);
        let begun = Instant::now();
        let late = pacer
            .admit(content(), begun + Duration::from_hours(1))
            .await;
        assert_eq!(late.err().unwrap().0, end);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    });
}

#[test]
fn a_brake_on_the_provider_stops_every_subject_and_group_even_new_ones() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let light = Group::unpaced("light");
        let other = |subject| Ask {
            subject,
            group: &light,
            ..content()
        };
        pacer
            .admit(other("a"), far())
            .await
            .unwrap()
            .answered(&Reading::default());
        let end = Instant::now() + Duration::from_secs(30);
        pacer.shut_all("Provider", end);
        for subject in ["a", "never seen"] {
            let late = pacer.admit(other(subject), Instant::now()).await;
            assert_eq!(late.err().unwrap().0, end);
        }
        let elsewhere = Ask {
            peer: "Other provider",
            ..other("a")
        };
        assert!(pacer.admit(elsewhere, Instant::now()).await.is_ok());
        assert!(pacer.admit(other("a"), far()).await.is_ok());
        assert!(Instant::now() >= end);
    });
}

#[test]
fn a_route_is_counted_where_the_provider_counts_it() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let headers: Headers = [
            ("x-rate-limit-group", "Media"),
            ("x-rate-limit-limit", "3"),
            ("x-rate-limit-remaining", "2"),
            ("x-rate-limit-window", "1.5"),
        ]
        .into_iter()
        .collect();
        let reading = Reading::of(&headers);
        let first = pacer.admit(content(), far()).await.unwrap();
        assert_eq!(first.answered(&reading), "media");
        let begun = Instant::now();
        for _ in 0..3 {
            drop(pacer.admit(content(), far()).await.unwrap());
        }
        assert!(
            begun.elapsed() >= Duration::from_millis(1500),
            "three per 1.5 s"
        );
        assert!(begun.elapsed() < Duration::from_secs(3));
        let listing = Ask {
            route: "/other",
            ..content()
        };
        let heavy = pacer.admit(listing, Instant::now()).await.unwrap();
        assert_eq!(
            heavy.answered(&Reading::default()),
            "heavy",
            "other routes stay"
        );
    });
}

#[test]
fn lying_headers_slow_us_down_at_worst() {
    let lies = [
        ("0", "0", "60"),
        ("10", "-5", "60"),
        ("10", "0", "60"),
        ("-3", "many", "soon"),
        ("1e99", "1e99", "1e99"),
        ("NaN", "NaN", "NaN"),
        ("10", "4294967295", "0"),
        ("4294967295", "0", "60"),
    ];
    for (limit, remaining, window) in lies {
        let headers: Headers = [
            ("x-rate-limit-limit", limit),
            ("x-rate-limit-remaining", remaining),
            ("x-rate-limit-window", window),
        ]
        .into_iter()
        .collect();
        in_paused_time(async {
            let pacer: Arc<Pacer> = Arc::default();
            let begun = Instant::now();
            for _ in 0..20 {
                let permit = pacer.admit(content(), far()).await.unwrap();
                permit.answered(&Reading::of(&headers));
            }
            assert!(
                begun.elapsed() <= Duration::from_mins(21),
                "{limit} {remaining} {window}"
            );
        });
    }
}

#[test]
fn what_is_idle_is_forgotten() {
    in_paused_time(async {
        let pacer: Arc<Pacer> = Arc::default();
        let seen = AtomicBool::new(false);
        for subject in 0..(SWEEP_ABOVE * 2) {
            let subject = subject.to_string();
            let ask = Ask {
                subject: &subject,
                ..content()
            };
            pacer
                .admit(ask, far())
                .await
                .unwrap()
                .answered(&Reading::default());
            let full = pacer.state().queues.len() == SWEEP_ABOVE;
            if full && !seen.swap(true, Ordering::Relaxed) {
                pass(Duration::from_mins(2)).await;
            }
        }
        assert!(pacer.state().queues.len() <= SWEEP_ABOVE);
    });
}

/// The book of all processes, in memory, by tokio's time.
struct Memory {
    pages: Mutex<HashMap<RateKey, Allowance>>,
    begun: Instant,
    /// It does not answer.
    away: AtomicBool,
    asked: AtomicUsize,
}

impl Memory {
    fn new() -> Arc<Memory> {
        Arc::new(Memory {
            pages: Mutex::default(),
            begun: Instant::now(),
            away: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
        })
    }

    fn now_ms(&self) -> i64 {
        1_700_000_000_000 + i64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }

    async fn turns_up(&self) -> domain::Result<()> {
        pass(Duration::from_millis(4)).await;
        if self.away.load(Ordering::Relaxed) {
            return Err(domain::Error::new(domain::Kind::Storage, "away"));
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Limits for Memory {
    async fn inquire(&self, key: &RateKey, inquiry: &Inquiry) -> domain::Result<Told> {
        self.turns_up().await?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut pages = self.pages.lock().unwrap();
        let all = pages.get(&RateKey::all_of(&key.peer));
        let all = all.map_or(0, Allowance::shut_until_ms);
        let page = pages.entry(key.clone()).or_default();
        Ok(page.answer(inquiry, all, self.now_ms()))
    }

    async fn penalties(&self) -> domain::Result<Vec<(RateKey, Duration)>> {
        self.turns_up().await?;
        let now_ms = self.now_ms();
        let pages = self.pages.lock().unwrap();
        let left = pages
            .iter()
            .map(|(key, it)| (key.clone(), it.shut_until_ms() - now_ms))
            .filter(|(_, left_ms)| *left_ms > 0)
            .map(|(key, left_ms)| (key, Duration::from_millis(left_ms.unsigned_abs())));
        Ok(left.collect())
    }

    async fn take_right(&self, _: &str, _: &str, _: Duration) -> domain::Result<bool> {
        Ok(true)
    }

    async fn end_right(&self, _: &str, _: &str) -> domain::Result<()> {
        Ok(())
    }
}

/// Processes with one book.
fn processes(book: &Arc<Memory>, count: usize) -> Vec<Arc<Pacer>> {
    let one = |number: usize| {
        let pacer = Arc::new(Pacer::default());
        pacer.share(Arc::clone(book) as Arc<dyn Limits>, &number.to_string());
        pacer
    };
    (0..count).map(one).collect()
}

fn three_with_backlog(limiter: Limiter, windows: u32) -> (Shared, usize) {
    let window = limiter.window;
    let shared = Arc::new(Mutex::new(limiter));
    in_paused_time(async {
        let book = Memory::new();
        let three = processes(&book, 3);
        let all = three
            .iter()
            .map(|it| backlog(it, &shared, 12, windows, window / 400));
        join_all(all).await;
        let asked = book.asked.load(Ordering::Relaxed);
        (Arc::clone(&shared), asked)
    })
}

#[test]
fn three_processes_use_one_budget_together_and_never_meet_the_limit() {
    for (limit, seconds, permille) in [(10, 60, 970), (10, 10, 950), (50, 60, 970)] {
        let limiter = Limiter::new(limit, Duration::from_secs(seconds));
        let (limiter, asked) = three_with_backlog(limiter, 50);
        let limiter = limiter.lock().unwrap();
        assert_eq!(limiter.refused, 0, "{limit} in {seconds} s");
        let used = limiter.served * 1000 / (limit * 50);
        assert!(used >= permille, "{limit} in {seconds} s: {used} permille");
        assert!(asked > 0);
    }
}

#[test]
fn where_limits_are_generous_the_book_is_not_asked_for_each_request() {
    let limiter = Limiter::new(5_000, Duration::from_mins(1));
    let (limiter, asked) = three_with_backlog(limiter, 5);
    let limiter = limiter.lock().unwrap();
    assert_eq!(limiter.refused, 0);
    assert!(limiter.served > 20_000, "{}", limiter.served);
    assert!(asked * 8 < limiter.served, "{asked} for {}", limiter.served);
}

#[test]
fn a_penalty_that_one_process_met_is_met_once() {
    let mut limiter = Limiter::new(10, Duration::from_mins(1));
    // Somebody else has just spent the budget.
    (0..10).for_each(|_| assert!(limiter.hit().is_ok()));
    let (limiter, _) = three_with_backlog(limiter, 20);
    let limiter = limiter.lock().unwrap();
    // Each process may learn the limits by one request of its own.
    assert!((1..=3).contains(&limiter.refused), "{}", limiter.refused);
    assert!(limiter.early <= 2, "{}", limiter.early);
    assert!(limiter.served >= 170, "{}", limiter.served);
}

#[test]
fn after_a_penalty_one_of_all_processes_goes_ahead() {
    in_paused_time(async {
        let book = Memory::new();
        let three = processes(&book, 3);
        let first = three[0].admit(content(), far()).await.unwrap();
        first.throttled(&Reading::default(), Duration::from_mins(1), 0.0);
        let begun = Instant::now();
        pass(Duration::from_millis(50)).await;
        let probes: Vec<_> = three
            .iter()
            .map(|it| {
                let pacer = Arc::clone(it);
                tokio::spawn(async move { pacer.admit(content(), far()).await.unwrap() })
            })
            .collect();
        let ahead = |all: &[JoinHandle<Permit>]| all.iter().filter(|it| it.is_finished()).count();
        pass(Duration::from_secs(59)).await;
        assert_eq!(ahead(&probes), 0, "a penalty runs for all");
        pass(Duration::from_secs(10)).await;
        assert_eq!(ahead(&probes), 1, "after {:?}", begun.elapsed());
        let limiter = Limiter::new(10, Duration::from_mins(1));
        // Whichever of them it is that went ahead.
        let mut probes = probes;
        while !probes.is_empty() {
            let (permit, _, rest) = select_all(probes).await;
            permit.unwrap().answered(&Reading::of(&limiter.headers(9)));
            probes = rest;
        }
        assert!(begun.elapsed() < Duration::from_secs(80));
    });
}

#[test]
fn a_penalty_of_the_whole_provider_reaches_other_processes() {
    in_paused_time(async {
        let book = Memory::new();
        let two = processes(&book, 2);
        let free = Ask {
            counts: false,
            ..content()
        };
        // Both are at work, on a budget that only we know.
        for pacer in &two {
            let permit = pacer.admit(free, far()).await.unwrap();
            permit.answered(&Reading::default());
        }
        two[0].shut_all("Provider", Instant::now() + Duration::from_mins(1));
        pass(Duration::from_secs(3)).await;
        let begun = Instant::now();
        let permit = two[1].admit(free, far()).await.unwrap();
        assert!(begun.elapsed() > Duration::from_secs(50));
        permit.answered(&Reading::default());
    });
}

#[test]
fn a_book_that_does_not_answer_delays_and_holds_nobody() {
    in_paused_time(async {
        let book = Memory::new();
        let one = processes(&book, 1).remove(0);
        book.away.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        let permit = one.admit(content(), far()).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(1));
        assert!(begun.elapsed() <= Duration::from_secs(15));
        permit.answered(&Reading::of(
            &Limiter::new(10, Duration::from_mins(1)).headers(9),
        ));
        let permit = one.admit(content(), far()).await.unwrap();
        drop(permit);
    });
}

#[test]
fn who_gives_up_waiting_leaves_no_place_taken() {
    in_paused_time(async {
        let book = Memory::new();
        let two = processes(&book, 2);
        for _ in 0..10 {
            let admitted = timeout(Duration::from_millis(1), two[0].admit(content(), far()));
            if let Ok(Ok(permit)) = admitted.await {
                permit.unsent();
            }
            pass(Duration::from_millis(20)).await;
        }
        pass(Duration::from_secs(5)).await;
        let limiter = Limiter::new(10, Duration::from_mins(1));
        let begun = Instant::now();
        let first = two[1].admit(content(), far()).await.unwrap();
        first.answered(&Reading::of(&limiter.headers(9)));
        for _ in 0..9 {
            drop(two[1].admit(content(), far()).await.unwrap());
        }
        assert!(begun.elapsed() < Duration::from_secs(2));
    });
}
