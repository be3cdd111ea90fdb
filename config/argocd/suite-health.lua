-- Health of an EvalSuite: Degraded where it cannot be asked. A run that found a worse candidate is the release's business, not the suite's,
-- and a suite that nothing has asked for yet waits for nobody.
local status = obj.status
if type(status) ~= "table" then
  return { status = "Healthy", message = "nothing has asked for it yet" }
end

local message = ""
if type(status.message) == "string" then
  message = status.message
end

if type(status.conditions) == "table" then
  for _, condition in ipairs(status.conditions) do
    if type(condition) == "table" and condition.type == "Ready" and condition.status == "False" then
      if type(condition.message) == "string" then
        message = condition.message
      end
      return { status = "Degraded", message = message }
    end
  end
end
return { status = "Healthy", message = message }
