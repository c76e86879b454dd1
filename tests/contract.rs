//! The laws of the ports: async functions that run once per adapter.
//!
//! A backend is a module with a `Backend`, which opens an empty store and returns its ports, and the line `laws!();`.
//! If it needs something that not every machine has, the line says so: `laws!(#[ignore = "needs ..."]);`. A law that
//! is missing from the list below is dead code, and the build reports it.

/// One test per law, named after its module: `contract::embedded::connectors::refuses_a_second_create`.
macro_rules! laws {
    ($(#[$mark:meta])*) => {
        laws!(@port [$(#[$mark])*] connectors:
            refuses_a_second_create,
            refuses_a_second_connector_for_one_account,
            one_of_two_concurrent_creates_wins,
            lists_every_one_of_250_connectors,
            an_update_stores_the_next_version,
            refuses_a_stale_update,
            one_of_two_concurrent_updates_wins,
            refuses_to_update_a_removed_connector,
            removal_is_idempotent,
            an_account_can_be_connected_again_after_removal,
        );
        laws!(@port [$(#[$mark])*] segments:
            returns_a_segment_as_it_was_written,
            writing_is_idempotent,
            equal_rows_change_the_state_but_not_the_revision,
            changed_rows_increase_the_revision,
            a_revision_has_the_totals_before_and_after,
            rows_that_change_no_total_are_not_logged,
            an_earlier_fetch_changes_nothing,
            writing_the_state_alone_keeps_the_rows,
            a_state_without_rows_is_in_the_ledger_but_in_no_range,
            a_measured_zero_differs_from_no_data,
            a_range_is_in_order_and_half_open,
            a_range_holds_one_dataset_of_one_connector,
            heads_cover_one_dataset_in_order_and_half_open,
            the_head_names_the_account_of_the_rows,
            a_range_of_a_year_is_complete,
            a_segment_of_one_megabyte_is_stored_completely,
            a_concurrent_reader_sees_the_old_or_the_new_rows,
            two_concurrent_writes_end_with_one_of_them,
            the_ledger_is_ordered_by_day_and_dataset,
            removal_covers_rows_ledger_and_log_and_is_idempotent,
            order_and_encoding_do_not_change_rows,
            a_repair_rewrites_equal_rows,
            a_write_that_has_seen_another_revision_changes_nothing,
            rows_without_a_rows_checksum_are_recognized,
        );
        laws!(@port [$(#[$mark])*] removals:
            a_write_for_a_connector_that_does_not_exist_is_refused,
            a_write_for_a_removed_connector_leaves_nothing_behind,
        );
        laws!(@port [$(#[$mark])*] identities:
            a_directory_is_not_found_before_the_first_write,
            returns_a_directory_as_it_was_written,
            a_directory_belongs_to_one_connector,
            a_write_replaces_the_directory_as_a_whole,
            a_change_of_one_person_is_stored,
            a_stale_directory_is_refused_and_changes_nothing,
            one_of_two_concurrent_directories_is_stored,
            a_concurrent_reader_sees_one_version,
            a_directory_without_a_connector_is_refused,
            removal_of_a_directory_is_idempotent,
            links_are_empty_before_the_first_write,
            returns_links_as_they_were_written,
            stale_links_are_refused_and_change_nothing,
            links_outlive_connectors,
        );
        laws!(@port [$(#[$mark])*] secrets:
            returns_the_credential_that_was_put,
            a_second_put_replaces_the_first,
            a_replaced_credential_is_kept_as_the_previous_one,
            a_first_put_has_no_previous_one,
            forgetting_the_previous_credential_is_idempotent,
            an_unknown_credential_is_not_found,
            removal_is_idempotent,
            a_credential_belongs_to_one_connector,
            no_printed_error_or_debug_output_contains_the_token,
        );
        laws!(@port [$(#[$mark])*] archive:
            returns_the_bytes_that_were_committed,
            an_uncommitted_object_is_invisible_and_the_old_one_stays,
            a_second_upload_replaces_the_first,
            one_of_two_concurrent_uploads_wins_completely,
            a_reader_keeps_the_object_that_it_opened,
            an_unknown_key_is_not_found,
            an_empty_report_is_an_object_too,
            lists_a_prefix_ordered_by_key,
            removes_a_prefix_idempotently,
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
            another_notice_of_the_same_kind_replaces_the_one_before,
            a_dismissed_notice_is_not_opened_again,
            a_closed_notice_may_be_opened_anew,
            closing_leaves_the_notices_of_other_connectors,
            closing_leaves_the_notices_of_other_kinds,
            a_notice_stores_when_it_was_sent,
            an_unknown_notice_cannot_be_dismissed,
            the_last_delivery_record_is_kept_and_is_not_a_notice,
        );
        laws!(@port [$(#[$mark])*] rate_limiter:
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
    // A segment belongs to an existing connector.
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
mod queue;
mod rate_limiter;
mod removals;
pub(crate) mod samples;
mod secrets;
mod segments;
