-- Health of a PromptRelease or a ModelRoute: the phase and the message of its status.
local status = obj.status
if type(status) ~= "table" or type(status.phase) ~= "string" then
  return { status = "Progressing", message = "Sluice has not looked at it yet" }
end

local message = status.phase
if type(status.message) == "string" then
  message = status.message
end

-- A status of an earlier spec says nothing of this one.
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "Sluice has not looked at this spec yet; before: " .. message }
end

local health = { Healthy = "Healthy", Paused = "Suspended", RolledBack = "Degraded", Invalid = "Degraded" }
return { status = health[status.phase] or "Progressing", message = message }
