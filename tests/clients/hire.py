"""Hires somebody through a client that openapi-python-client has generated: a job is made and opened, a résumé uploaded and
read, an application moved through the job's stages to a hire, and the figures read.

    hire.py FOLDER ADDRESS KEY RESUME

FOLDER holds the generated package mortise_client. Ends with an error when anything is not as it has to be.
"""

import sys
import time
from pathlib import Path

folder, address, key, resume_file = sys.argv[1:]
sys.path.insert(0, folder)

from mortise_client import AuthenticatedClient  # noqa: E402
from mortise_client.api.analytics import get_analytics_overview, get_analytics_stage_conversion  # noqa: E402
from mortise_client.api.applications import (  # noqa: E402
    get_applications_id_history,
    post_applications,
    put_applications_id_hire,
    put_applications_id_stage,
)
from mortise_client.api.candidates import get_candidates, get_candidates_id  # noqa: E402
from mortise_client.api.jobs import get_jobs_id, get_jobs_id_stages, post_jobs, put_jobs_id_status  # noqa: E402
from mortise_client.api.résumés import get_resumes_id, get_resumes_id_unified, post_resumes  # noqa: E402
from mortise_client.models import (  # noqa: E402
    Hire,
    JobStatus,
    JobStatusWanted,
    JobView,
    NewApplication,
    NewJob,
    NewNote,
    Outcome,
    Problem,
    StageKind,
    StageWanted,
    Status,
    UploadForm,
)
from mortise_client.api.notes import post_notes  # noqa: E402
from mortise_client.types import File  # noqa: E402

PATIENCE = 120

client = AuthenticatedClient(base_url=address, token=key, raise_on_unexpected_status=True)


def done(answer):
    """The answer, if it is no problem."""
    assert answer is not None, "an answer that was documented was not understood"
    assert not isinstance(answer, Problem), answer
    return answer


job = done(post_jobs.sync(client=client, body=NewJob(title="Joiner", openings=1)))
assert isinstance(job, JobView) and job.status == JobStatus.DRAFT, job
job = done(
    put_jobs_id_status.sync(job.id, client=client, body=JobStatusWanted(status=JobStatus.OPEN), if_match=f'"{job.version}"')
)
assert job.opened_at is not None, job

with open(resume_file, "rb") as content:
    upload = UploadForm(file=File(payload=content, file_name=Path(resume_file).name, mime_type="application/pdf"))
    resume = done(post_resumes.sync(client=client, body=upload))
began = time.monotonic()
while resume.status in (Status.PENDING, Status.PROCESSING):
    assert time.monotonic() - began < PATIENCE, resume
    time.sleep(0.1)
    resume = done(get_resumes_id.sync(resume.id, client=client))
assert resume.status == Status.SUCCESS, resume
unified = done(get_resumes_id_unified.sync(resume.id, client=client))
candidate = done(get_candidates_id.sync(resume.candidate_id, client=client))
assert candidate.name and candidate.name == unified.basics.name, (candidate.name, unified)
found = done(get_candidates.sync(client=client, q=candidate.name))
assert [summary.id for summary in found.data] == [candidate.id], found

new = NewApplication(candidate_id=candidate.id, job_id=job.id, resume_id=resume.id, source="a generated client")
application = done(post_applications.sync(client=client, body=new))
twice = post_applications.sync(client=client, body=new)
assert isinstance(twice, Problem) and twice.code == "application_exists", twice
done(post_notes.sync(client=client, body=NewNote(body="Called.", application_id=application.id)))
for stage in done(get_jobs_id_stages.sync(job.id, client=client)).data:
    if stage.kind not in (StageKind.APPLIED, StageKind.HIRED):
        wanted = StageWanted(stage_id=stage.id)
        application = done(put_applications_id_stage.sync(application.id, client=client, body=wanted, if_match="*"))
        assert application.stage_id == stage.id, application
application = done(put_applications_id_hire.sync(application.id, client=client, body=Hire(), if_match="*"))
assert application.outcome == Outcome.HIRED, application
assert done(get_jobs_id.sync(job.id, client=client)).status == JobStatus.FILLED
history = done(get_applications_id_history.sync(application.id, client=client))
assert len(history.data) >= 3, history

overview = done(get_analytics_overview.sync(client=client))
assert overview.total.applications.hired == 1, overview
conversion = done(get_analytics_stage_conversion.sync(client=client, job_id=job.id))
assert conversion.total is not None, conversion
print("hired", candidate.name)
