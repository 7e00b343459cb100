"""Hears: ComplaintReceived, CaseRouted, CaseTriaged, WorkStarted, CitizenQuestioned, DeadlineExtended, CaseCompleted, CaseRejected, CaseReopened, CaseMerged, CaseWithdrawn, MediaRefused, ReporterErased
Emits: NotificationSent, NotificationFailed, NotificationSuppressed
Owns: cases, deliveries
"""  # noqa: E501
