"""The names that code and content share. tests/content/test_published.py holds each list against the code that uses it."""

ACTIONS = (
    "request_person", "start_questionnaire", "offer_suggestions", "fallback", "out_of_scope", "change_language", "start_over",
    "show_referrals", "ask_withdrawal", "withdraw_referral", "attended", "complain", "cancel", "back", "skip", "correct", "continue",
    "more", "find_offices", "show_office", "forget", "stop", "delete_message", "no_notices",
)  # fmt: skip

ENDINGS = (
    "create_referral", "find_offices", "say_eligibility", "call_person", "keep_permission",
)  # fmt: skip

FOLLOWUPS = ("cost", "papers", "place", "time", "contact")

RESPONSES = (
    "utter_answer_source", "utter_ask_attended", "utter_ask_attended_late", "utter_attended", "utter_bot_description",
    "utter_bot_short_description", "utter_button_attended", "utter_button_back", "utter_button_cancel", "utter_button_consent_no",
    "utter_button_consent_yes", "utter_button_correct", "utter_button_delete_message", "utter_button_done", "utter_button_keep",
    "utter_button_more", "utter_button_more_offices", "utter_button_none", "utter_button_not_attended", "utter_button_not_yet",
    "utter_button_old", "utter_button_other_place", "utter_button_permission_no", "utter_button_permission_yes", "utter_button_person",
    "utter_button_skip", "utter_button_unknown", "utter_button_withdraw", "utter_cancelled", "utter_command_cancel",
    "utter_command_change_language", "utter_command_find_offices", "utter_command_forget", "utter_command_help", "utter_command_privacy",
    "utter_command_start", "utter_command_stop", "utter_command_talk_to_human", "utter_consent_changed", "utter_consent_refused",
    "utter_contact_of_other", "utter_corrected", "utter_correction_in_form", "utter_correction_noted", "utter_correction_same",
    "utter_danger_while_assigned", "utter_days_from_to", "utter_desk_next", "utter_desk_no_recipient", "utter_desk_referral_sent",
    "utter_desk_refused", "utter_eligibility_failed", "utter_eligibility_lacks", "utter_eligibility_maybe", "utter_eligibility_papers",
    "utter_eligibility_unclear", "utter_eligibility_unknown", "utter_eligibility_unpublished", "utter_eligibility_until",
    "utter_eligibility_was_until", "utter_failed", "utter_fallback", "utter_fallback_noted", "utter_fallback_person",
    "utter_fallback_rephrase", "utter_fallback_topics", "utter_field_is_needed", "utter_field_left_out", "utter_field_needed",
    "utter_file_refused", "utter_file_too_big", "utter_followup_unknown", "utter_forgotten", "utter_greet", "utter_group_refused",
    "utter_heard", "utter_help", "utter_identifier_card", "utter_identifier_clabe", "utter_identifier_curp", "utter_identifier_email",
    "utter_identifier_masked", "utter_identifier_passport", "utter_identifier_rfc", "utter_identifier_social_security",
    "utter_identifier_telephone", "utter_identifier_voter_key", "utter_idle_closed", "utter_invitation_closed", "utter_kept_for_staff",
    "utter_language_changed", "utter_late", "utter_late_answer", "utter_link_old", "utter_message_deleted", "utter_message_not_deleted",
    "utter_not_attended_yet", "utter_not_kept", "utter_not_translated", "utter_nothing_more", "utter_nothing_to_cancel",
    "utter_notice_accepted", "utter_notice_done", "utter_notice_expired", "utter_notice_in_service", "utter_notice_received",
    "utter_notice_rejected", "utter_notice_revoked", "utter_notices_allowed", "utter_notices_stopped", "utter_office_always_open",
    "utter_office_closed", "utter_office_cost", "utter_office_hours", "utter_office_km", "utter_office_languages", "utter_office_open_now",
    "utter_office_opens", "utter_office_papers", "utter_office_phone", "utter_offices_anywhere", "utter_offices_found",
    "utter_offices_none", "utter_out_of_scope_once", "utter_overdue", "utter_person_requested", "utter_person_still_waiting",
    "utter_questionnaire_waits", "utter_reason_full", "utter_reason_not_eligible", "utter_reason_not_reachable", "utter_reason_other",
    "utter_reason_wrong_place", "utter_received_animation", "utter_received_audio", "utter_received_contact", "utter_received_dice",
    "utter_received_document", "utter_received_forward", "utter_received_game", "utter_received_live_location", "utter_received_location",
    "utter_received_other", "utter_received_photo", "utter_received_poll", "utter_received_sticker", "utter_received_story",
    "utter_received_video", "utter_received_video_note", "utter_received_voice", "utter_referral_answer_by",
    "utter_referral_ask_withdrawal", "utter_referral_duplicate", "utter_referral_ended", "utter_referral_is_late",
    "utter_referral_no_recipient", "utter_referral_none", "utter_referral_not_attended", "utter_referral_not_withdrawn",
    "utter_referral_sent", "utter_referral_status_of", "utter_referral_withdrawn", "utter_sent_late", "utter_state_accepted",
    "utter_state_done", "utter_state_draft", "utter_state_expired", "utter_state_in_service", "utter_state_received",
    "utter_state_rejected", "utter_state_revoked", "utter_state_sent", "utter_state_withdrawn", "utter_step_missed_again",
    "utter_step_needed", "utter_step_not_understood", "utter_stopped", "utter_suggest", "utter_suggest_1", "utter_suggest_2",
    "utter_suggest_3", "utter_text_cut", "utter_ticket_closed", "utter_today", "utter_too_many", "utter_understanding_down",
    "utter_unknown_command", "utter_unreviewed", "utter_voice_unclear", "utter_weekdays", "utter_what_to_correct", "utter_which_language",
    "utter_which_place", "utter_withheld",
)  # fmt: skip

_OF_A_REFERRAL = ("folio", "recipient", "state", "changed_on", "until", "deadline")

VARIABLES = {
    "utter_answer_source": ("sources", "office", "reviewed_on"), "utter_overdue": ("due_on",), "utter_withheld": ("office",),
    "utter_referral_sent": ("folio", "recipient"), "utter_referral_status_of": _OF_A_REFERRAL, "utter_referral_withdrawn": _OF_A_REFERRAL,
    "utter_referral_ended": _OF_A_REFERRAL, "utter_referral_duplicate": _OF_A_REFERRAL, "utter_referral_answer_by": ("until",),
    "utter_referral_is_late": ("until",), "utter_notice_received": _OF_A_REFERRAL, "utter_notice_accepted": _OF_A_REFERRAL,
    "utter_notice_rejected": (*_OF_A_REFERRAL, "reason"), "utter_notice_in_service": _OF_A_REFERRAL, "utter_notice_done": _OF_A_REFERRAL,
    "utter_notice_expired": _OF_A_REFERRAL, "utter_notice_revoked": _OF_A_REFERRAL, "utter_ask_attended": _OF_A_REFERRAL,
    "utter_ask_attended_late": _OF_A_REFERRAL, "utter_attended": ("folio",), "utter_not_attended_yet": _OF_A_REFERRAL,
    "utter_referral_no_recipient": ("ahead",), "utter_step_missed_again": ("times",), "utter_fallback_person": ("ahead", "noted"),
    "utter_fallback_noted": ("ahead", "noted"), "utter_person_requested": ("ahead",), "utter_person_still_waiting": ("ahead",),
    "utter_identifier_masked": ("kinds",),
    "utter_file_too_big": ("megabytes",), "utter_heard": ("text",), "utter_late": ("at",), "utter_sent_late": ("at",),
    "utter_late_answer": ("question",), "utter_language_changed": ("language",),
    "utter_offices_found": ("place",),
    "utter_office_phone": ("number",),
    "utter_office_cost": ("cost",),
    "utter_office_papers": ("papers",),
    "utter_office_languages": ("languages",),
    "utter_office_km": ("km",),
    "utter_office_hours": ("days", "opens", "closes",),
    "utter_office_open_now": ("until",),
    "utter_office_opens": ("day", "at",),
    "utter_days_from_to": ("first", "last",),
    "utter_eligibility_maybe": ("programme", "office",),
    "utter_eligibility_lacks": ("programme", "office",),
    "utter_eligibility_unclear": ("programme", "office",),
    "utter_eligibility_failed": ("conditions",),
    "utter_eligibility_unknown": ("conditions",),
    "utter_eligibility_unpublished": ("conditions",),
    "utter_eligibility_papers": ("papers",),
    "utter_eligibility_until": ("days", "until",),
    "utter_eligibility_was_until": ("days", "until",),
    "utter_field_is_needed": ("why",),
    "utter_desk_referral_sent": ("folio", "recipient", "summary", "sent_on", "expires_in"),
}  # fmt: skip
"""What the code fills in, by the sentence in which it does."""
