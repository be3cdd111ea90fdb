-- Health of a ModelProvider: its condition Ready.
local status = obj.status
if type(status) ~= "table" or type(status.conditions) ~= "table" then
  return { status = "Progressing", message = "Sluice has not looked at it yet" }
end
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "Sluice has not looked at this spec yet" }
end

for _, condition in ipairs(status.conditions) do
  if type(condition) == "table" and condition.type == "Ready" then
    local message = ""
    if type(condition.message) == "string" then
      message = condition.message
    end
    if condition.status == "True" then
      return { status = "Healthy", message = message }
    end
    return { status = "Degraded", message = message }
  end
end
return { status = "Progressing", message = "its status has no condition Ready" }
