//! The kinds of section a résumé is made of.

/// What a part of a résumé is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// The person in a few sentences: profile, objective, about me.
    Summary,
    /// Paid posts.
    Work,
    /// Courses of study and schools.
    Education,
    /// Skills, tools and technologies.
    Skills,
    /// Spoken languages.
    Languages,
    /// Projects of one's own or at work.
    Projects,
    /// Certificates, licences and short courses.
    Certificates,
    /// Articles, books, patents and talks.
    Publications,
    /// Prizes, honours and scholarships.
    Awards,
    /// Unpaid posts.
    Volunteer,
    /// Hobbies and interests.
    Interests,
    /// People who vouch.
    References,
    /// How to reach the person: addresses, telephone numbers, links.
    Contact,
    /// Birth date, nationality, driving licence and the like.
    Personal,
    /// A heading that none of the above fits.
    Other,
}
