use proptest::prelude::*;

use super::*;

const RATE: Rate = Rate {
    limit: 3,
    window_ms: 60_000,
};

fn ask(holder: &str, lot: i64, want: u32, notes: &[Note]) -> Inquiry {
    Inquiry {
        holder: holder.to_owned(),
        lot,
        want,
        rate: Some(RATE),
        notes: notes.to_vec(),
    }
}

fn granted(places: u32) -> Told {
    Told::Granted {
        places,
        probing: false,
    }
}

const PROBE: Told = Told::Granted {
    places: 1,
    probing: true,
};

#[test]
fn all_together_get_no_more_than_the_limit_in_a_window() {
    let mut shared = Allowance::default();
    assert_eq!(shared.answer(&ask("a", 1, 2, &[]), 0, 0), granted(2));
    assert_eq!(shared.answer(&ask("b", 1, 2, &[]), 0, 10), granted(1));
    let full = shared.answer(&ask("c", 1, 1, &[]), 0, 20);
    assert_eq!(full, Told::Full { for_ms: 60_040 });
    // Both tell when their answers came: that is when the window begins.
    let closed = |sent, ago_ms| Note::Closed {
        lot: 1,
        sent,
        ago_ms,
    };
    shared.answer(&ask("a", 2, 0, &[closed(2, 100)]), 0, 400);
    shared.answer(&ask("b", 2, 0, &[closed(1, 0)]), 0, 500);
    let full = |it: &mut Allowance, now| it.answer(&ask("c", 1, 3, &[]), 0, now);
    assert_eq!(full(&mut shared, 60_359), Told::Full { for_ms: 1 });
    assert_eq!(full(&mut shared, 60_360), granted(2));
}

/// A server that starts beside another knows no more than the documented
/// limits; it must not wait a minute for what the provider allows at once.
#[test]
fn who_has_just_begun_goes_by_what_others_were_told() {
    let mut shared = Allowance::default();
    let generous = Some(Rate {
        limit: 10_000,
        ..RATE
    });
    let knows = |lot, want, notes: &[Note]| Inquiry {
        rate: generous,
        ..ask("a", lot, want, notes)
    };
    let left = Note::Left {
        remaining: 9_999,
        sent_ago_ms: 5,
        came_ago_ms: 1,
    };
    assert_eq!(shared.answer(&ask("a", 1, 1, &[]), 0, 0), granted(1));
    assert_eq!(shared.answer(&knows(2, 100, &[left]), 0, 10), granted(100));
    assert_eq!(shared.answer(&ask("b", 1, 1, &[]), 0, 20), granted(1));
    // What the provider tells later counts for all.
    let stricter = Inquiry {
        rate: Some(RATE),
        ..knows(3, 0, &[left])
    };
    shared.answer(&stricter, 0, 30);
    let told = shared.answer(&knows(4, 1, &[]), 0, 40);
    assert!(matches!(told, Told::Full { .. }), "{told:?}");
}

#[test]
fn what_was_not_sent_is_given_back() {
    let mut shared = Allowance::default();
    assert_eq!(shared.answer(&ask("a", 1, 9, &[]), 0, 0), granted(3));
    let closed = Note::Closed {
        lot: 1,
        sent: 1,
        ago_ms: 0,
    };
    assert_eq!(
        shared.answer(&ask("b", 1, 9, &[closed]), 0, 1),
        Told::Full { for_ms: 60_059 },
        "only who holds a lot closes it"
    );
    assert_eq!(shared.answer(&ask("a", 2, 9, &[closed]), 0, 2), granted(2));
}

#[test]
fn a_process_that_died_costs_the_others_a_window_and_the_grace() {
    let mut shared = Allowance::default();
    assert_eq!(shared.answer(&ask("a", 1, 3, &[]), 0, 0), granted(3));
    let end = 60_060 + RATE.grace_ms();
    let told = shared.answer(&ask("b", 1, 3, &[]), 0, end - 1);
    assert!(matches!(told, Told::Full { .. }));
    assert_eq!(shared.answer(&ask("b", 2, 3, &[]), 0, end), granted(3));
}

#[test]
fn a_request_that_takes_long_keeps_its_place() {
    let mut shared = Allowance::default();
    shared.answer(&ask("a", 1, 3, &[]), 0, 0);
    shared.answer(&ask("a", 2, 0, &[Note::Open { lot: 1 }]), 0, 5_000);
    let told = shared.answer(&ask("b", 1, 1, &[]), 0, 69_000);
    assert!(matches!(told, Told::Full { .. }), "{told:?}");
}

#[test]
fn after_a_penalty_one_process_goes_ahead_and_the_others_wait_for_it() {
    let mut shared = Allowance::default();
    let shut = Note::Shut { for_ms: 1_000 };
    shared.answer(&ask("a", 1, 0, &[shut]), 0, 0);
    let told = shared.answer(&ask("b", 1, 1, &[]), 0, 999);
    assert_eq!(told, Told::Shut { for_ms: 1 });
    assert_eq!(shared.answer(&ask("b", 1, 3, &[]), 0, 1_000), PROBE);
    let behind = Told::Behind { for_ms: 200 };
    assert_eq!(shared.answer(&ask("a", 1, 1, &[]), 0, 1_001), behind);
    let through = shared.answer(&ask("c", 1, 1, &[Note::Through]), 0, 1_002);
    assert_eq!(through, behind, "only who went ahead can say so");
    shared.answer(&ask("b", 2, 0, &[Note::Through]), 0, 1_003);
    assert_eq!(shared.answer(&ask("a", 1, 2, &[]), 0, 1_004), granted(2));
}

#[test]
fn who_went_ahead_and_is_not_heard_of_is_not_waited_for() {
    let shut = Note::Shut { for_ms: 10 };
    for (notes, at) in [(&[Note::Withdrawn] as &[Note], 12), (&[], 10 + PROBE_MS)] {
        let mut shared = Allowance::default();
        shared.answer(&ask("a", 1, 0, &[shut]), 0, 0);
        assert_eq!(shared.answer(&ask("a", 1, 1, &[]), 0, 10), PROBE);
        shared.answer(&ask("a", 2, 0, notes), 0, 11);
        assert_eq!(shared.answer(&ask("b", 1, 1, &[]), 0, at), PROBE);
    }
}

#[test]
fn a_penalty_of_the_whole_provider_is_one_of_each_group() {
    let mut shared = Allowance::default();
    let told = shared.answer(&ask("a", 1, 1, &[]), 500, 100);
    assert_eq!(told, Told::Shut { for_ms: 400 });
    assert_eq!(shared.answer(&ask("a", 1, 1, &[]), 500, 500), PROBE);
}

#[test]
fn what_others_spend_is_learnt_from_what_is_left() {
    let mut shared = Allowance::default();
    assert_eq!(shared.answer(&ask("a", 1, 1, &[]), 0, 0), granted(1));
    let left = |remaining| Note::Left {
        remaining,
        sent_ago_ms: 200,
        came_ago_ms: 100,
    };
    shared.answer(&ask("a", 2, 0, &[left(2)]), 0, 200);
    shared.answer(&ask("a", 2, 0, &[left(0)]), 0, 300);
    let told = shared.answer(&ask("b", 1, 1, &[]), 0, 400);
    assert!(matches!(told, Told::Full { .. }), "{told:?}");
    shared.answer(&ask("a", 2, 0, &[left(0)]), 0, 500);
    let closed = Note::Closed {
        lot: 1,
        sent: 1,
        ago_ms: 0,
    };
    shared.answer(&ask("a", 2, 0, &[closed]), 0, 600);
    let after = 200 + 60_060;
    assert_eq!(shared.answer(&ask("b", 1, 9, &[]), 0, after), granted(2));
}

#[test]
fn without_a_budget_only_penalties_count() {
    let mut shared = Allowance::default();
    let ask = |holder, want, notes: &[Note]| Inquiry {
        rate: None,
        ..ask(holder, 1, want, notes)
    };
    for now in 0..50 {
        assert_eq!(shared.answer(&ask("a", 1, &[]), 0, now), granted(1));
    }
    let shut = Note::Shut { for_ms: 1_000 };
    shared.answer(&ask("a", 0, &[shut]), 0, 50);
    let told = shared.answer(&ask("b", 1, &[]), 0, 60);
    assert_eq!(told, Told::Shut { for_ms: 990 });
    assert_eq!(shared.answer(&ask("b", 1, &[]), 0, 1_050), PROBE);
}

#[test]
fn a_clock_that_jumped_back_holds_nobody() {
    let far = 1_000_000_000_000;
    let mut shared = Allowance::default();
    let shut = Note::Shut { for_ms: 60_000 };
    shared.answer(&ask("a", 1, 3, &[]), 0, far);
    shared.answer(&ask("a", 2, 0, &[shut]), 0, far);
    assert_eq!(shared.answer(&ask("b", 1, 1, &[]), far, 0), PROBE);
}

proptest! {
    /// However processes ask and tell, in no window do more requests go than
    /// the limit, and the budget is not wasted.
    #[test]
    fn no_window_holds_more_than_the_limit(
        steps in prop::collection::vec((0_u8..3, 1_u32..4, 1_i64..9_000, 0_i64..4_000), 1..200),
    ) {
        let mut shared = Allowance::default();
        let (mut now, mut number) = (0, 0);
        let mut sent: Vec<i64> = Vec::new();
        for (who, want, passes, lasts) in steps {
            number += 1;
            let holder = who.to_string();
            let told = shared.answer(&ask(&holder, number, want, &[]), 0, now);
            if let Told::Granted { places, .. } = told {
                // It may go at any moment until its answer comes.
                sent.extend((0..places).map(|_| now + lasts));
                let closed = Note::Closed { lot: number, sent: places, ago_ms: 0 };
                shared.answer(&ask(&holder, number, 0, &[closed]), 0, now + lasts);
            }
            now += passes;
        }
        sent.sort_unstable();
        for at in &sent {
            let within = sent.iter().filter(|it| (*at..=at + RATE.window_ms).contains(*it));
            prop_assert!(within.count() <= 3);
        }
    }
}
