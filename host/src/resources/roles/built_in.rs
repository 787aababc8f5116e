//! The roles every tenant has. Their permissions are the program's, so a new version may add to them.

use crate::permissions::{Permission, Permissions};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    Owner,
    Admin,
    Recruiter,
    HiringManager,
    Interviewer,
    Viewer,
    Integration,
    Candidate,
}

/// Everybody's own record.
const SELF: Permissions = Permissions::of(&[Permission::MeRead, Permission::MeWrite]);

/// What whoever works in the tenant may look up.
const COLLEAGUE: Permissions = SELF.or(Permissions::of(&[
    Permission::TenantRead,
    Permission::MemberRead,
    Permission::RoleRead,
    Permission::DepartmentRead,
    Permission::OfficeRead,
    Permission::ContactRead,
    Permission::CustomFieldRead,
    Permission::SkillAliasRead,
    Permission::SavedSearchRead,
    Permission::SavedSearchWrite,
]));

/// Who is a candidate for what, and how it goes.
const HIRING: Permissions = Permissions::of(&[
    Permission::CandidateRead,
    Permission::ResumeRead,
    Permission::JobRead,
    Permission::ApplicationRead,
    Permission::ScoreRead,
    Permission::InterviewRead,
    Permission::NoteRead,
]);

const INTERVIEWING: Permissions =
    HIRING.or(Permissions::of(&[Permission::EvaluationWrite, Permission::NoteWrite]));

/// Decides on applications, not on jobs and offers.
const MANAGING: Permissions = INTERVIEWING.or(Permissions::of(&[
    Permission::ApplicationWrite,
    Permission::ScoreWrite,
    Permission::InterviewWrite,
    Permission::EvaluationRead,
    Permission::OfferRead,
    Permission::AnalyticsRead,
]));

const RECRUITING: Permissions = MANAGING.or(Permissions::of(&[
    Permission::CandidateWrite,
    Permission::CandidateLink,
    Permission::CandidateMerge,
    Permission::CandidateDelete,
    Permission::ConsentRead,
    Permission::ConsentWrite,
    Permission::PrivacyPolicyRead,
    Permission::ResumeCreate,
    Permission::ResumeParse,
    Permission::ResumeWrite,
    Permission::ContactWrite,
    Permission::SkillAliasWrite,
    Permission::PluginBindingRead,
    Permission::JobWrite,
    Permission::ApplicationHire,
    Permission::OfferWrite,
    Permission::SourceCostRead,
    Permission::SourceCostWrite,
    Permission::ImportRead,
    Permission::ImportWrite,
    Permission::EmailTemplateRead,
    Permission::EmailRead,
]));

/// Is told what happens.
const LISTENING: Permissions =
    Permissions::of(&[Permission::EventRead, Permission::WebhookRead, Permission::WebhookWrite]);

impl BuiltIn {
    pub const EVERY: [BuiltIn; 8] = [
        BuiltIn::Owner,
        BuiltIn::Admin,
        BuiltIn::Recruiter,
        BuiltIn::HiringManager,
        BuiltIn::Interviewer,
        BuiltIn::Viewer,
        BuiltIn::Integration,
        BuiltIn::Candidate,
    ];

    /// The stable word it is stored and sent with.
    pub fn as_str(self) -> &'static str {
        match self {
            BuiltIn::Owner => "owner",
            BuiltIn::Admin => "admin",
            BuiltIn::Recruiter => "recruiter",
            BuiltIn::HiringManager => "hiring_manager",
            BuiltIn::Interviewer => "interviewer",
            BuiltIn::Viewer => "viewer",
            BuiltIn::Integration => "integration",
            BuiltIn::Candidate => "candidate",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|role| role.as_str() == word)
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            BuiltIn::Owner => "Owner",
            BuiltIn::Admin => "Admin",
            BuiltIn::Recruiter => "Recruiter",
            BuiltIn::HiringManager => "Hiring manager",
            BuiltIn::Interviewer => "Interviewer",
            BuiltIn::Viewer => "Viewer",
            BuiltIn::Integration => "Integration",
            BuiltIn::Candidate => "Candidate",
        }
    }

    pub fn permissions(self) -> Permissions {
        match self {
            BuiltIn::Owner => Permissions::ALL,
            BuiltIn::Admin => Permissions::ALL.without(Permission::TenantOwn),
            BuiltIn::Recruiter => COLLEAGUE.or(RECRUITING),
            BuiltIn::HiringManager => COLLEAGUE.or(MANAGING),
            BuiltIn::Interviewer => COLLEAGUE.or(INTERVIEWING),
            BuiltIn::Viewer => COLLEAGUE.or(HIRING).with(Permission::AnalyticsRead),
            BuiltIn::Integration => COLLEAGUE
                .or(RECRUITING)
                .or(LISTENING)
                .with(Permission::MemberActFor)
                .with(Permission::ExportRead),
            BuiltIn::Candidate => SELF,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BuiltIn;
    use crate::permissions::Permission;

    #[test]
    fn only_owners_own() {
        for role in BuiltIn::EVERY {
            assert_eq!(BuiltIn::from_word(role.as_str()), Some(role));
            let owns = role.permissions().contains(Permission::TenantOwn);
            assert_eq!(owns, role == BuiltIn::Owner, "{}", role.as_str());
            assert!(BuiltIn::Owner.permissions().includes(role.permissions()));
        }
    }
}
