return annotated("abort", status.candidateRevision)
