"""The page in English."""

from typing import Final

from services.tracking.web.words import Words
from shared.events.vocabulary import CaseState, RejectionReason, ReopenReason
from shared.web.labels import (
    CASE_STATE_LABELS_IN_ENGLISH,
    MEDIA_REFUSAL_ADVICE_IN_ENGLISH,
    MESSAGE_NAMES_IN_ENGLISH,
)

_S = CaseState

ENGLISH: Final = Words(
    language="en",
    texts={
        "title": "Track a complaint",
        "new_report": "Report a problem",
        "switch": "Indonesia",
        "question": "Where does your complaint stand?",
        "lead": "Enter the tracking code you were given when you filed it. "
        "No name, phone number or password is needed.",
        "code": "Tracking code",
        "code_hint": "16 letters and digits. Capitals, spaces and dashes do not matter.",
        "submit": "Show progress",
        "where_heading": "Where is my tracking code?",
        "where": "It is in the confirmation on the channel you used, or on the receipt from the "
        "desk. It is not the report number that begins with JK.",
        "keep_heading": "Keep it safe",
        "keep": "Anyone who holds the code can read the whole complaint, your own words included. "
        "Give it to nobody. Who reported it is never shown.",
        "emergency_heading": "An emergency?",
        "emergency": "Call 112, free of charge, day and night.",
        "not_found_heading": "Code not found",
        "not_found": "No complaint has that code. Check each letter and digit. "
        "A complaint filed just now may take a moment to appear here.",
        "report": "Complaint",
        "private_report": "Your complaint",
        "status": "Status",
        "holder": "Handled by",
        "category": "Category",
        "area": "Area",
        "channel": "Filed through",
        "received": "Received",
        "due": "To be done by",
        "due_was": "Original date",
        "extension": "Later date",
        "extension_until": "Until",
        "extension_requested": "asked for by the unit, not yet decided",
        "extension_approved": "approved",
        "extension_refused": "refused",
        "due_passed": "This date has passed and the delay is on record.",
        "closed": "Closed",
        "due_unknown": "The date is being set.",
        "next": "What comes next",
        "history": "History of your complaint",
        "newest_first": "Newest first",
        "at": "at",
        "restricted": "This complaint is specially protected. Only stages, dates, the answer "
        "and what became of your files are shown, and a question to you while it is open.",
        "confidential": "This complaint is confidential: neither the public nor other units see "
        "it. Only who holds the tracking code sees this page.",
        "erased": "The reporter's data, all they wrote and their photos were erased "
        "on the reporter's wish. The complaint itself stays on record.",
        "merged": "This complaint was merged with another about the same problem. "
        "What you see is how that joint case is going.",
        "question_heading": "An officer asks you",
        "question_late": "The time to answer is over and work has gone on; you may still answer.",
        "question_open": "Answer here; if you have an e-mail from us, you may reply to it as "
        "well. Work goes on with your answer.",
        "answer": "Your answer",
        "answer_hint": "Give no name or phone number unless you are asked for it.",
        "answer_submit": "Send the answer",
        "answer_taken_heading": "We have your answer",
        "answer_taken": "Thank you. The officer can read it and work goes on. This page shows it "
        "in a moment.",
        "answer_kept": "What you wrote:",
        "answer_text_heading": "The answer was not taken",
        "answer_text": "Write your answer, in 10,000 characters at most.",
        "answer_other_heading": "This question was answered before",
        "answer_other": "The answer that we had first stands; this one was not kept.",
        "answer_closed_heading": "No question waits for an answer",
        "answer_closed": "If you have just answered, we have that answer. What you sent now was "
        "not kept.",
        "answer_gone_heading": "The answer cannot be kept",
        "answer_gone": "The data of this reporter was erased; nothing more is kept.",
        "answer_away_heading": "Your answer was not taken",
        "answer_away": "Something is out of order. Please try again in a moment; sending it twice "
        "does no harm.",
        "delayed_heading": "News of your report is delayed",
        "delayed": "There is news that we cannot show yet, since",
        "delayed_kept": "Your report is not lost. What this page says may be out of date; please "
        "look again later.",
        "words_away": "These words cannot be shown now. Load this page again in a moment.",
        "words_erased": "These words were erased on the reporter's wish.",
        "own": "What you told us",
        "own_complaint": "Complaint",
        "own_note": "Added later",
        "own_edit": "Changed",
        "own_answer": "Answer",
        "address": "Place",
        "point": "Position received",
        "exchanges": "Questions and answers",
        "asked": "The officer's question",
        "answered": "Your answer",
        "unanswered": "Not answered.",
        "evidence": "Evidence of the result",
        "pictures": "Photos you sent",
        "files": "Files you sent",
        "before_after": "Before and after",
        "after_alone": "Photos of the work",
        "before": "Before",
        "after": "After",
        "picture_own": "Photo {number} that you sent, {date}",
        "picture_evidence": "Photo {number} of the work done",
        "picture_large": "Open in full size",
        "pictures_more": "More photos",
        "pictures_hint": "Photos open for five minutes; load this page again after that. Place and "
        "device were taken out of them.",
        "file": "File",
        "file_checking": "Being checked, so that it can be shown safely. Look again in a moment.",
        "file_shown": "We have it.",
        "file_locked": "We have it. Officers alone open documents and videos.",
        "file_removed": "Erased.",
        "file_unavailable": "Cannot be shown now. Load this page again in a moment.",
        "file_refused": "We could not take it.",
        "file_again": "Your report is dealt with all the same.",
        "evidence_away": "Photos of the work cannot be shown now. Load this page again in a "
        "moment.",
        "objection_until": "Objections are taken until",
        "objection_over": "The time to object is over. Should the problem come back, file a new "
        "complaint.",
        "erased_next": "There is nothing that you need to do.",
        "note": "Note by the officer",
        "note_done": "What was done",
        "notices": "Messages sent to you",
        "again": "Track another complaint",
        "progress": "Progress",
        "step_done": "done",
        "step_current": "under way",
        "step_future": "to come",
        "unavailable_heading": "Something is out of order",
        "unavailable": "The data cannot be read now. Try again in a moment.",
        "footer": "Every complaint is followed up within 7 days. Times are WIB (UTC+7).",
    },
    labels=CASE_STATE_LABELS_IN_ENGLISH,
    headlines={
        _S.RECEIVED: "Your complaint has been received",
        _S.COORDINATED: "Being coordinated with the responsible unit",
        _S.DELEGATED: "Assigned to the unit that carries it out",
        _S.PLANNED: "The follow-up plan is being reviewed",
        _S.IN_PROGRESS: "Work is under way",
        _S.AWAITING_VALIDATION: "Followed up, awaiting review",
        _S.VERIFYING: "The result is being checked on site",
        _S.FOLLOW_UP_REFUSED: "The result was not accepted and must be redone",
        _S.COMPLETED: "Completed",
        _S.REJECTED: "The complaint cannot be followed up",
        _S.MERGED: "Merged with another complaint",
        _S.WITHDRAWN: "The complaint was withdrawn",
    },
    following={
        _S.RECEIVED: "The responsible unit checks the complaint, then handles it or passes it to "
        "the right one.",
        _S.COORDINATED: "The receiving unit makes sure that the complaint is its own, then begins "
        "the follow-up.",
        _S.DELEGATED: "The unit draws up a plan or starts work at once.",
        _S.PLANNED: "Biro Pemerintahan approves the unit's plan or returns it. "
        "Work starts once it is approved.",
        _S.IN_PROGRESS: "When the work is done, the unit files evidence of the result for "
        "Biro Pemerintahan to review.",
        _S.AWAITING_VALIDATION: "Biro Pemerintahan reviews the evidence. The complaint is "
        "completed only when the result is accepted.",
        _S.VERIFYING: "Officers of Biro Pemerintahan visit the place before they decide whether "
        "the result is accepted.",
        _S.FOLLOW_UP_REFUSED: "The unit repeats the work until the result is right.",
        _S.COMPLETED: "Not as it should be? Object within 10 days on the channel you used.",
        _S.REJECTED: "Do you disagree? Appeal within 10 days on the channel you used.",
        _S.MERGED: "You still get the same answer on the channel you used.",
        _S.WITHDRAWN: "Nothing more will happen. You can file a new complaint at any time.",
    },
    events={
        "ComplaintReceived": "Complaint received",
        "CaseRouted": "Passed to a unit",
        "CaseTriaged": "An officer looks for the right unit",
        "CaseReturned": "Returned to the former unit",
        "CaseReopened": "Reopened",
        "CaseSplit": "Separated again",
    },
    rail=("Received", "Passed on", "Working", "Reviewed", "Completed"),
    rejections={
        RejectionReason.OFF_TOPIC: "It is not a complaint about the city's services or places.",
        RejectionReason.NOT_CITY_COMPETENCE: "The matter is not within the province's powers.",
        RejectionReason.INCOMPLETE: "Details are missing and our question was not answered.",
        RejectionReason.ABUSIVE: "It breaks the rules for complaints.",
        RejectionReason.EMERGENCY: "This is an emergency. Call 112.",
    },
    reopenings={
        ReopenReason.CITIZEN_OBJECTION: "Your objection was accepted.",
        ReopenReason.NEW_FACTS: "There are new facts.",
        ReopenReason.SUSPECTED_FRAUD: "The evidence of the result is in doubt.",
        ReopenReason.APPEAL: "Your appeal against the rejection was accepted.",
    },
    refusals=MEDIA_REFUSAL_ADVICE_IN_ENGLISH,
    notices=MESSAGE_NAMES_IN_ENGLISH,
    outcomes={"sent": "Sent", "failed": "Not delivered", "suppressed": "Not sent"},
)
