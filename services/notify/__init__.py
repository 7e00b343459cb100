"""Hears: ComplaintReceived, CaseRouted, WorkStarted, CitizenQuestioned, DeadlineExtended, CaseCompleted, CaseRejected, CaseReopened, CaseMerged, CaseWithdrawn, ReporterErased
Emits: NotificationSent, NotificationFailed, NotificationSuppressed
Owns: cases, deliveries
"""  # noqa: E501
