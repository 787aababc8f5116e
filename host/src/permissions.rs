//! What may be done: a closed set of permissions, and sets of them.

macro_rules! permissions {
    ($($name:ident = $text:literal, $what:literal;)*) => {
        /// What may be done, a closed set, written `resource:action`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Permission {
            $(#[doc = $what] $name,)*
        }

        impl Permission {
            pub const EVERY: &'static [Permission] = &[$(Permission::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Permission::$name => $text,)*
                }
            }

            /// What it allows, in words.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Permission::$name => $what,)*
                }
            }
        }
    };
}

permissions! {
    TenantOwn = "tenant:own", "Be an owner: the only permission administrators lack.";
    TenantRead = "tenant:read", "Read the tenant's settings and company profile.";
    TenantWrite = "tenant:write", "Change the tenant's settings and company profile.";
    MemberRead = "member:read", "Read members, their roles and invitations.";
    MemberWrite = "member:write", "Invite, disable and remove members, and give them roles.";
    MemberActFor = "member:act_for", "With an API key: act for a member named in `On-Behalf-Of`.";
    RoleRead = "role:read", "Read roles and permissions.";
    RoleWrite = "role:write", "Make, change and delete custom roles.";
    ApiKeyRead = "api_key:read", "Read all API keys of the tenant; never their secrets.";
    ApiKeyWrite = "api_key:write", "Make API keys, rotate and revoke any.";
    SessionRead = "session:read", "Read the sessions of all members.";
    SessionWrite = "session:write", "Revoke the sessions of any member.";
    IdentityProviderRead = "identity_provider:read", "Read the outside identity providers.";
    IdentityProviderWrite = "identity_provider:write", "Add, change and remove outside identity providers.";
    AuditLogRead = "audit_log:read", "Read the audit log.";
    TaskRead = "task:read", "Read background tasks: what waits, runs, or failed for good.";
    TaskWrite = "task:write", "Have background tasks that failed for good tried again.";
    DepartmentRead = "department:read", "Read departments.";
    DepartmentWrite = "department:write", "Make, change and delete departments.";
    OfficeRead = "office:read", "Read offices.";
    OfficeWrite = "office:write", "Make, change and delete offices.";
    ContactRead = "contact:read", "Read contacts.";
    ContactWrite = "contact:write", "Make, change and delete contacts.";
    MeRead = "me:read", "Read one's own record, sessions and, as a candidate, one's own profile and résumés.";
    MeWrite = "me:write", "Change one's own record and, as a candidate, upload one's own résumés.";
    CandidateRead = "candidate:read", "Read candidates.";
    CandidateWrite = "candidate:write", "Change candidates.";
    CandidateLink = "candidate:link", "Say which member a candidate is: that member then reads the candidate's record, whatever else they may.";
    CandidateExport = "candidate:export", "Take out everything that is known of a candidate, to hand it over to them.";
    ConsentRead = "consent:read", "Read what candidates agreed to.";
    ConsentWrite = "consent:write", "Write down what candidates agreed to, and what they took back.";
    ErasureRead = "erasure:read", "Read what was erased of whom, who is due, and who is held.";
    ErasureWrite = "erasure:write", "Erase what is known of candidates for good, and hold those who may not be erased.";
    PrivacyPolicyRead = "privacy_policy:read", "Read how long candidates are kept.";
    PrivacyPolicyWrite = "privacy_policy:write", "Say how long candidates are kept, and what applicants agree to.";
    ResumeRead = "resume:read", "Read résumés, their files and what was read from them.";
    ResumeCreate = "resume:create", "Upload résumés.";
    ResumeParse = "resume:parse", "Have résumés read again.";
    ResumeWrite = "resume:write", "Correct what was read from résumés, and delete them.";
    CandidateMerge = "candidate:merge", "Merge candidates who are the same person.";
    CandidateDelete = "candidate:delete", "Delete candidates.";
    JobRead = "job:read", "Read jobs, their stages, openings and history.";
    JobWrite = "job:write", "Make and change jobs, open and close them.";
    PipelineWrite = "pipeline:write", "Change the stages that new jobs begin with.";
    ApplicationRead = "application:read", "Read applications and their history.";
    ApplicationWrite = "application:write", "Make applications, move, reject, withdraw, transfer and correct them.";
    ApplicationHire = "application:hire", "Hire: move an application to its last stage and fill an opening.";
    InterviewRead = "interview:read", "Read interviews.";
    InterviewWrite = "interview:write", "Schedule, move and cancel interviews.";
    EvaluationRead = "evaluation:read", "Read everybody's evaluations of interviews.";
    EvaluationWrite = "evaluation:write", "Evaluate interviews of one's own, and read these evaluations.";
    OfferRead = "offer:read", "Read offers.";
    OfferWrite = "offer:write", "Make, send and rescind offers, and note what came of them.";
    NoteRead = "note:read", "Read notes on candidates, jobs and applications.";
    NoteWrite = "note:write", "Write notes, and change and delete one's own.";
    CustomFieldRead = "custom_field:read", "Read which custom fields there are.";
    CustomFieldWrite = "custom_field:write", "Make, change and delete custom fields.";
    SavedSearchRead = "saved_search:read", "Read one's own saved searches and those that are shared.";
    SavedSearchWrite = "saved_search:write", "Save searches, and change and delete one's own.";
    SkillAliasRead = "skill_alias:read", "Read the tenant's own names for skills.";
    SkillAliasWrite = "skill_alias:write", "Add and remove the tenant's own names for skills.";
    ImportRead = "import:read", "Read imports and what became of their rows.";
    ImportWrite = "import:write", "Import many candidates, jobs, applications or résumés at once, as far as one may make them.";
    ExportRead = "export:read", "Export everything one may read, of a kind at once.";
    EmailTemplateRead = "email_template:read", "Read what e-mails say, and which are sent.";
    EmailTemplateWrite = "email_template:write", "Change what e-mails say, and which are sent.";
    EmailRead = "email:read", "Read what became of the tenant's e-mails; never what they say.";
    EmailWrite = "email:write", "Send e-mails again that failed.";
    EventRead = "event:read", "Read the log of events.";
    WebhookRead = "webhook:read", "Read webhook endpoints, their deliveries and what became of them.";
    WebhookWrite = "webhook:write", "Make, change and delete webhook endpoints, and send deliveries again.";
    ScoreRead = "score:read", "Read how well applications fit, and why.";
    ScoreWrite = "score:write", "Have applications scored again, and scores checked.";
    PluginBindingRead = "plugin_binding:read", "Read which scoring rules are asked.";
    PluginBindingWrite = "plugin_binding:write", "Say which scoring rules are asked, with which weight and settings.";
    SourceCostRead = "source_cost:read", "Read what sources cost.";
    SourceCostWrite = "source_cost:write", "Write down what sources cost.";
    AnalyticsRead = "analytics:read", "Read analytics: times, conversion, sources, offers.";
    PluginRead = "plugin:read", "Read which plugins there are, what they may do, and what their calls came to; never their secrets.";
    PluginWrite = "plugin:write", "Install, configure, try, activate and delete plugins, and consent to what they may do.";
    TrustedKeyRead = "trusted_key:read", "Read whose signatures on plugins are believed.";
    TrustedKeyWrite = "trusted_key:write", "Say whose signatures on plugins are believed, and no longer.";
}

impl Permission {
    /// The permission of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Permission::EVERY.iter().copied().find(|permission| permission.as_str() == word)
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u128);

impl Permissions {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = {
        assert!(Permission::EVERY.len() < 128, "the set is one word");
        Self((1 << Permission::EVERY.len()) - 1)
    };

    pub const fn of(permissions: &[Permission]) -> Self {
        let mut set = Self::NONE;
        let mut index = 0;
        while index < permissions.len() {
            set = set.with(permissions[index]);
            index += 1;
        }
        set
    }

    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u8)
    }

    #[must_use]
    pub const fn without(self, permission: Permission) -> Self {
        Self(self.0 & !(1 << permission as u8))
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is not in it.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    pub const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::EVERY.iter().copied().filter(move |permission| self.contains(*permission))
    }

    /// Reads the words a role or key is stored with; a word of a newer version grants nothing.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        words.into_iter().filter_map(Permission::from_word).fold(Self::NONE, Self::with)
    }

    pub fn words(self) -> Vec<&'static str> {
        self.iter().map(Permission::as_str).collect()
    }
}

impl std::fmt::Debug for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.words()).finish()
    }
}
