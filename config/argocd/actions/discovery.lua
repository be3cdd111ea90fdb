local underWay = type(status.candidateRevision) == "string"
return {
  ["promote"] = { disabled = not underWay },
  ["promote-full"] = { disabled = not underWay },
  ["abort"] = { disabled = not underWay },
  ["retry"] = { disabled = takenBack() == nil },
  ["rollback"] = { disabled = previous() == nil },
}
