//! The laws that every adapter must keep: async functions over a port, run once for each backend.
//!
//! A backend is a module with a `Backend` that opens an empty world of its own and hands out its ports, and one line,
//! `laws!();`. Where it needs something that not every machine has, the line says so: `laws!(#[ignore = "needs ..."]);`.
//! A law that is missing from the list below is dead code, and the build says so.

/// One test per law, named for the module it stands in: `contract::embedded::connectors::refuses_a_second_create`.
macro_rules! laws {
    ($(#[$mark:meta])*) => {
        laws!(@port [$(#[$mark])*] connectors:
            refuses_a_second_create,
            refuses_a_second_connector_for_one_account,
            of_two_creates_at_once_exactly_one_wins,
            lists_every_one_of_250_connectors,
            an_update_stores_the_next_version,
            refuses_a_stale_update,
            of_two_updates_at_once_exactly_one_wins,
            refuses_to_update_what_was_removed,
            removing_twice_is_fine,
            an_account_is_free_again_after_its_connector_was_removed,
        );
        laws!(@port [$(#[$mark])*] segments:
            returns_a_segment_as_it_was_written,
            writing_the_same_twice_equals_once,
            equal_rows_bring_a_new_state_and_keep_the_revision,
            other_rows_bring_the_next_revision,
            a_revision_says_what_was_before_and_after,
            rows_that_change_no_total_are_not_logged,
            a_write_that_was_fetched_earlier_changes_nothing,
            writing_the_state_alone_keeps_the_rows,
            a_state_without_rows_is_in_the_ledger_and_in_no_range,
            a_measured_zero_differs_from_no_data,
            a_range_is_in_order_and_half_open,
            a_range_holds_one_dataset_of_one_connector,
            heads_are_of_one_dataset_in_order_and_half_open,
            the_head_names_the_account_of_the_rows,
            a_range_of_a_year_is_whole,
            a_segment_of_a_megabyte_is_stored_whole,
            a_reader_beside_a_writer_sees_the_old_rows_or_the_new_ones,
            two_pollers_at_once_end_with_one_of_the_two,
            the_ledger_is_in_order_of_day_and_dataset,
            removing_takes_rows_ledger_and_log_and_twice_is_fine,
            rows_in_another_order_and_encoding_are_the_same_rows,
            a_repair_writes_equal_rows_again,
            a_write_that_has_seen_another_revision_changes_nothing,
            rows_from_before_the_checksum_of_rows_are_recognized,
        );
        laws!(@port [$(#[$mark])*] removals:
            a_write_for_a_connector_that_does_not_exist_is_refused,
            a_write_for_a_removed_connector_leaves_nothing_behind,
        );
        laws!(@port [$(#[$mark])*] identities:
            before_the_first_write_no_directory_is_found,
            returns_a_directory_as_it_was_written,
            a_directory_belongs_to_one_connector,
            a_write_replaces_the_directory_as_a_whole,
            a_change_of_one_person_is_stored,
            a_write_that_lost_the_race_is_refused_and_changes_nothing,
            of_two_directories_at_once_exactly_one_is_stored,
            a_reader_beside_a_writer_sees_one_version_whole,
            a_directory_of_no_connector_is_refused,
            a_removed_directory_is_gone_and_removing_twice_is_fine,
            links_are_empty_before_the_first_write,
            returns_links_as_they_were_written,
            links_that_lost_the_race_are_refused_and_change_nothing,
            links_outlive_connectors,
        );
        laws!(@port [$(#[$mark])*] secrets:
            returns_the_credential_that_was_put,
            a_second_put_replaces_the_first,
            what_a_put_replaced_is_kept_as_the_previous_one,
            a_first_put_has_no_previous_one,
            what_was_forgotten_is_not_found_and_forgetting_twice_is_fine,
            what_was_never_put_is_not_found,
            after_a_remove_it_is_not_found_and_removing_twice_is_fine,
            a_credential_belongs_to_one_connector,
            nothing_that_can_be_printed_holds_the_token,
        );
        laws!(@port [$(#[$mark])*] archive:
            returns_the_bytes_that_were_committed,
            what_is_not_committed_is_invisible_and_the_old_object_stays,
            a_second_upload_replaces_the_first,
            of_two_uploads_at_once_one_wins_whole,
            a_reader_keeps_the_object_that_it_opened,
            what_was_never_archived_is_not_found,
            an_empty_report_is_an_object_too,
            lists_what_lies_under_a_prefix_in_order_of_key,
            removes_what_lies_under_a_prefix_and_twice_is_fine,
            takes_a_report_of_many_parts,
        );
        laws!(@port [$(#[$mark])*] queue:
            every_job_arrives_as_it_was_sent,
            a_job_that_is_sent_again_arrives_once,
            sending_nothing_is_fine,
        );
        laws!(@port [$(#[$mark])*] notices:
            opens_a_notice_once,
            lists_open_notices_oldest_first,
            another_notice_of_the_same_kind_takes_the_place_of_the_one_before,
            a_dismissed_notice_is_not_opened_again,
            a_closed_notice_may_be_opened_anew,
            closing_leaves_the_notices_of_other_connectors,
            closing_leaves_the_notices_of_other_kinds,
            a_notice_remembers_when_somebody_was_told,
            an_unknown_notice_cannot_be_dismissed,
            the_last_record_of_the_delivery_is_kept_and_is_no_notice,
        );
        laws!(@port [$(#[$mark])*] paces:
            of_many_who_book_at_once_no_more_go_than_a_minute_allows,
            a_turn_beyond_the_patience_is_not_booked,
            lanes_are_apart_and_a_block_is_for_all_requests_of_one,
        );
    };
    (@port $marks:tt $port:ident: $($law:ident,)+) => {
        mod $port {
            $(laws!(@law $marks $port $law);)+
        }
    };
    // A segment belongs to a connector that exists.
    (@law [$(#[$mark:meta])*] segments $law:ident) => {
        #[tokio::test]
        $(#[$mark])*
        async fn $law() {
            let backend = super::Backend::open().await;
            crate::contract::samples::create_connectors(&backend.connectors()).await;
            crate::contract::segments::$law(&backend.segments()).await;
        }
    };
    (@law [$(#[$mark:meta])*] removals $law:ident) => {
        #[tokio::test]
        $(#[$mark])*
        async fn $law() {
            let backend = super::Backend::open().await;
            crate::contract::removals::$law(&backend.connectors(), &backend.segments()).await;
        }
    };
    (@law [$(#[$mark:meta])*] identities $law:ident) => {
        #[tokio::test]
        $(#[$mark])*
        async fn $law() {
            let backend = super::Backend::open().await;
            crate::contract::identities::$law(&backend.connectors(), &backend.identities()).await;
        }
    };
    (@law [$(#[$mark:meta])*] $port:ident $law:ident) => {
        #[tokio::test]
        $(#[$mark])*
        async fn $law() {
            let backend = super::Backend::open().await;
            crate::contract::$port::$law(&backend.$port()).await;
        }
    };
}

mod archive;
mod aws;
mod connectors;
mod embedded;
pub(crate) mod identities;
mod notices;
mod paces;
mod queue;
mod removals;
pub(crate) mod samples;
mod secrets;
mod segments;
