-- Stands before the discovery and before each action.
local status = {}
if type(obj.status) == "table" then
  status = obj.status
end

local function list(value)
  if type(value) == "table" then
    return value
  end
  return {}
end

-- The revision that served before the one that serves now, if it was not taken back since.
local function previous()
  local out = {}
  for _, each in ipairs(list(status.quarantined)) do
    out[list(each).revision or ""] = true
  end
  for _, each in ipairs(list(status.history)) do
    local revision = list(each).revision
    if list(each).outcome == "Promoted" and type(revision) == "string" then
      if revision ~= status.stableRevision and not out[revision] then
        return revision
      end
    end
  end
  return nil
end

-- What is taken out of the spec by a rollback that puts the spec back is named; else the revision in the spec is meant.
local function takenBack()
  if status.phase ~= "RolledBack" then
    return nil
  end
  local rollback = list(status.rollback)
  if rollback.mode == "RevertSpec" and rollback.revertedGeneration == obj.metadata.generation then
    return rollback.from
  end
  return "true"
end

-- The object with annotations that Sluice acts on once and removes; unchanged where there is nothing to name.
local function annotated(verb, value)
  if type(value) == "string" then
    obj.metadata.annotations = list(obj.metadata.annotations)
    obj.metadata.annotations["sluice.dev/" .. verb] = value
    obj.metadata.annotations["sluice.dev/by"] = "Argo CD"
  end
  return obj
end
