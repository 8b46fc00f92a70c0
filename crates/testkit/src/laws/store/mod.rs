//! The laws of [`domain::ports::store`].
//!
//! A Store that passes is one whose Ledger can be believed: nothing noted is
//! lost, nothing archived is undone, and no company sees another.

pub mod alarms;
pub mod audit;
pub mod connections;
pub mod counts;
pub mod due;
pub mod instance;
pub mod journal;
pub mod limits;
pub mod log;
pub mod note;
pub mod overview;
pub mod proofs;
pub mod runs;
pub mod scrubs;
pub mod sessions;
pub mod settle;
pub mod shelved;
mod stage;
pub mod tasks;
pub mod tenants;
pub mod turns;
pub mod vault;
pub mod walks;
pub mod watch;

use domain::ports::Store;

/// Holds fresh, empty Stores to every law.
#[expect(clippy::too_many_lines, reason = "it is the table of the laws")]
pub async fn all<S: Store>(make: impl AsyncFn() -> S) {
    super::hold!(
        "Store",
        make,
        [
            connections::an_account_is_kept_and_updated,
            connections::people_who_are_no_longer_listed_are_kept,
            connections::a_destination_belongs_to_one_account,
            connections::a_known_destination_keeps_its_label_and_naming,
            connections::a_connection_is_updated_by_its_id,
            connections::a_backup_is_updated_by_its_id,
            connections::a_backup_is_read_by_its_id,
            connections::a_folder_is_named_once_and_for_ever,
            connections::trouble_is_told_of_one_end,
            connections::a_connection_is_ended_as_a_whole,
            connections::a_connection_with_one_grant_is_ended,
            tasks::a_task_is_opened_once,
            tasks::tasks_come_newest_first_where_they_overlap,
            tasks::a_listing_is_told_of_the_tasks_inside_its_window,
            tasks::what_was_listed_stays_listed,
            tasks::what_is_to_be_listed_again_is_due,
            tasks::only_who_lists_all_types_is_done,
            tasks::no_row_is_done_before_its_hour_was_reached,
            tasks::a_new_type_makes_rows_due,
            walks::a_line_comes_back_as_it_was_kept,
            tasks::a_task_counts_what_the_ledger_counts,
            tasks::a_task_tells_its_first_and_last_work,
            runs::one_run_at_a_time,
            runs::of_many_who_want_a_run_one_gets_it,
            runs::a_lease_that_ran_out_is_taken_over,
            runs::a_fenced_holder_changes_nothing,
            runs::a_beat_lengthens_the_lease,
            runs::no_attempt_is_ever_given_twice,
            runs::a_mark_never_moves_back,
            runs::marks_are_kept_apart,
            note::noting_twice_is_noting_once,
            note::an_item_twice_on_a_page_is_one_entry,
            note::two_who_note_at_once_count_it_once,
            note::identities_are_exact,
            note::a_full_page_is_noted_whole,
            note::whatever_people_wrote_comes_back,
            note::an_item_may_belong_to_nobody_or_to_a_stranger,
            note::a_pending_entry_follows_the_newest_sighting,
            note::own_time_is_that_of_the_first_sighting,
            note::what_is_excluded_may_be_taken_in_later,
            note::a_time_to_wait_outlasts_a_sighting,
            note::known_facts_are_never_overwritten_with_nothing,
            note::what_is_excluded_or_missing_says_why,
            note::an_archived_entry_stays_so_whatever_is_sighted,
            note::a_missing_entry_stays_so_whatever_is_sighted,
            note::backups_at_one_destination_share_an_entry,
            note::destinations_have_an_entry_each,
            due::the_oldest_is_due_first,
            due::a_window_is_half_open,
            due::nothing_is_due_before_its_time,
            due::one_that_waits_does_not_hold_up_others,
            due::the_next_due_is_the_soonest,
            settle::what_is_archived_is_on_the_shelf_and_nowhere_else,
            settle::each_reason_comes_back_with_its_cause,
            settle::only_tries_that_count_are_counted,
            settle::what_is_missing_is_no_longer_due,
            settle::what_was_missing_may_still_be_archived,
            settle::what_is_archived_is_never_undone,
            settle::outcomes_are_written_all_or_none,
            settle::a_destination_is_settled_by_itself,
            settle::many_outcomes_are_settled_at_once,
            counts::a_unit_counts_by_its_parts,
            counts::units_of_two_types_are_two,
            counts::files_and_bytes_are_those_archived,
            counts::windows_add_up,
            counts::open_entries_come_in_the_order_of_their_time,
            shelved::the_shelf_is_read_in_the_order_of_paths,
            shelved::the_shelf_is_read_page_by_page,
            shelved::the_shelf_shows_the_window_only,
            proofs::each_file_is_claimed_or_not,
            proofs::what_was_not_seen_is_unproven,
            proofs::what_drifted_is_archived_again,
            proofs::items_are_looked_up_in_order,
            proofs::proofs_stay_in_their_company,
            proofs::proofs_come_newest_first,
            scrubs::a_scrub_has_one_holder_and_comes_again,
            scrubs::a_scrub_planned_for_years_ahead_is_due,
            scrubs::the_longest_waiting_archive_is_scrubbed_first,
            scrubs::a_census_is_what_was_listed_last,
            journal::events_come_newest_first,
            journal::events_belong_to_a_window,
            journal::an_event_comes_back_as_it_was_written,
            vault::a_grant_comes_back_as_it_was_kept,
            vault::a_grant_is_replaced_as_a_whole,
            vault::both_ends_are_erased_and_no_others,
            vault::a_renewal_replaces_only_what_was_renewed,
            vault::one_renews_at_a_time,
            turns::a_new_backup_is_due_and_claimed_once,
            turns::the_longest_due_comes_first,
            turns::a_turn_ends_with_its_run,
            turns::only_what_is_on_and_connected_is_claimed,
            turns::what_is_disconnected_is_not_claimed,
            turns::companies_take_turns,
            turns::many_who_claim_at_once_share_the_work,
            turns::a_hurry_is_used_up_by_a_claim,
            turns::a_plan_for_years_ahead_holds_nobody_up,
            turns::a_hurry_during_a_run_is_not_lost,
            turns::what_a_lost_worker_held_is_claimed_again,
            turns::a_run_that_was_started_is_not_claimed,
            turns::a_turn_is_as_far_off_as_by_its_planners_clock,
            turns::a_timetable_comes_back_as_it_was_kept,
            turns::a_timetable_is_changed_only_by_who_knows_it,
            turns::of_many_who_change_a_timetable_each_is_heard,
            log::pages_join_to_the_whole_log,
            log::a_page_begins_at_any_row_or_none,
            log::a_row_is_telling_by_the_ledger,
            log::a_row_opens_to_its_entries,
            log::entries_are_those_of_the_backup,
            log::what_is_retried_is_due_at_once,
            log::what_waits_for_a_sighting_is_not_retried,
            log::only_what_waits_absurdly_long_is_pulled_back,
            overview::sums_are_exact_after_every_change,
            overview::sums_are_those_of_the_backup,
            overview::a_headway_is_its_runs,
            overview::a_history_rests_until_it_goes_on,
            overview::retention_is_as_it_was_told_last,
            sessions::a_session_comes_back_as_it_was_kept,
            sessions::a_session_ends_with_its_trips,
            sessions::what_has_ended_stays_ended,
            sessions::of_many_who_end_a_session_one_did,
            sessions::old_and_idle_sessions_are_found_until_they_end,
            sessions::a_trip_is_given_once_and_to_its_session,
            sessions::of_many_who_take_a_trip_one_gets_it,
            sessions::old_trips_are_swept,
            sessions::a_token_comes_back_as_it_was_kept,
            sessions::a_token_is_its_owners_alone,
            instance::a_setting_comes_back_as_it_was_kept,
            instance::two_who_change_a_setting_leave_one,
            instance::a_server_is_claimed_once,
            instance::of_many_who_claim_a_server_one_gets_it,
            limits::a_budget_is_shared_by_all,
            limits::a_penalty_is_met_once,
            limits::a_right_has_one_holder,
            alarms::an_alarm_is_raised_once_and_cleared_once,
            alarms::each_way_hears_that_it_fired_and_that_it_is_over,
            alarms::a_way_that_is_new_hears_of_what_stands,
            alarms::news_is_there_until_it_is_ended,
            alarms::alarms_belong_to_a_company_or_to_the_server,
            alarms::one_watches_at_a_time,
            watch::a_backup_is_silent_until_a_run_goes_well,
            watch::what_is_off_or_disconnected_is_not_silent,
            watch::dead_grants_of_what_is_connected_are_seen,
            watch::a_grant_that_nobody_renews_is_seen,
            watch::entries_are_heaped_by_what_is_wrong_with_them,
            watch::a_backlog_is_what_is_ready_and_old,
            watch::pending_entries_add_up,
            watch::the_queue_waits_until_somebody_is_served,
            audit::a_deed_is_the_next_link_of_its_company,
            audit::of_many_who_tell_at_once_none_is_lost,
            audit::links_are_found_by_who_what_and_when,
            audit::a_head_kept_elsewhere_is_missed,
            audit::a_change_of_the_server_is_made_and_told,
            audit::a_change_of_a_backup_is_made_and_told,
            audit::what_is_not_changed_is_not_told,
            tenants::nothing_is_shown_to_another_account,
            tenants::nothing_is_changed_by_another_account,
            tenants::the_same_item_in_two_accounts_is_two,
        ]
    );
}
