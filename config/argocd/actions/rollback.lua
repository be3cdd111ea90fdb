return annotated("rollback-to", previous())
