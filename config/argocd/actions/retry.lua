return annotated("retry", takenBack())
