return annotated("promote-full", status.candidateRevision)
