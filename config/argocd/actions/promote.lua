return annotated("promote", status.candidateRevision)
