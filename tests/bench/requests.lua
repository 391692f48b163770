-- Sends the requests of a file, one after the other from a given one and round again, and prints what became of them.
--
--   wrk … -s requests.lua URL -- FILE START HEADER…
--
-- A line of the file is METHOD, path, body and header lines of its own, with tabs between; the last two may be left out. In path
-- and body `@N@` stands for a number that no other request has.

local lines, ready, next_line, sent = {}, {}, 0, 0
local common = {}

local function split(line)
  local fields = {}
  for field in (line .. "\t"):gmatch("(.-)\t") do fields[#fields + 1] = field end
  return fields
end

local function add_header(headers, text)
  local name, value = text:match("^(.-): (.*)$")
  if name then headers[name] = value end
end

function init(args)
  for line in io.lines(args[1]) do lines[#lines + 1] = line end
  next_line, sent = tonumber(args[2]), tonumber(args[2])
  for i = 3, #args do add_header(common, args[i]) end
end

local function format(line, number)
  local fields = split(line)
  local headers = {}
  for name, value in pairs(common) do headers[name] = value end
  if fields[4] then add_header(headers, fields[4]) end
  local path, body = fields[2]:gsub("@N@", number), fields[3]
  if body and body ~= "" then
    body = body:gsub("@N@", number)
    headers["Content-Type"] = headers["Content-Type"] or "application/scim+json"
  else
    body = nil
  end
  return wrk.format(fields[1], path, headers, body)
end

function request()
  local place = next_line % #lines + 1
  next_line, sent = next_line + 1, sent + 1
  if ready[place] then return ready[place] end
  local request = format(lines[place], string.format("%d", sent))
  -- What is the same each time is written once.
  if not lines[place]:find("@N@", 1, true) then ready[place] = request end
  return request
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
