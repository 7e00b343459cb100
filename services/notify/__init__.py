"""Hears: ComplaintReceived, CaseRouted, WorkStarted, CitizenQuestioned, DeadlineExtended, CaseCompleted, CaseRejected, CaseReopened, CaseMerged, CaseWithdrawn, MediaRefused, ReporterErased
Emits: NotificationSent, NotificationFailed, NotificationSuppressed
Owns: cases, deliveries
"""  # noqa: E501
