//! A whole stack of its own, for tests that stop parts of it.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::harness::{App, unique};

/// A stack started by `deploy/local/up`; stopped and removed when dropped.
pub(crate) struct Stack {
    root: PathBuf,
    dir: PathBuf,
    variables: HashMap<String, String>,
    /// The pids of further processes.
    replicas: Vec<u32>,
}

impl Stack {
    /// Starts one, with these environment variables for its processes.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Stack {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("the workspace")
            .to_owned();
        let dir = root.join("target").join(unique("stack"));
        let mut stack = Stack {
            root,
            dir,
            variables: HashMap::new(),
            replicas: Vec::new(),
        };
        stack.up(&[], environment);
        stack.variables = stack.read_variables();
        stack
    }

    fn up(&self, arguments: &[&str], environment: &[(&str, &str)]) {
        // The binaries were built together with this test.
        let binaries = env::current_exe().expect("own path");
        let binaries = binaries.ancestors().nth(2).expect("target/debug");
        let output = Command::new(self.root.join("deploy/local/up"))
            .args(["--quiet", "--bin"])
            .arg(binaries)
            .arg("--dir")
            .arg(&self.dir)
            .args(arguments)
            .env("POSTGRES_OPTIONS", "-c fsync=off")
            .envs(environment.iter().copied())
            .output()
            .expect("deploy/local/up");
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn read_variables(&self) -> HashMap<String, String> {
        fs::read_to_string(self.dir.join("env"))
            .expect("the env file")
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect()
    }

    /// A value that `deploy/local/up` wrote.
    pub(crate) fn variable(&self, name: &str) -> &str {
        &self.variables[name]
    }

    /// A fresh account in it.
    pub(crate) async fn app(&self) -> App {
        App::in_stack(
            self.variable("PUBLIC_URL"),
            self.variable("SETTINGS_URL"),
            self.variable("TOKEN_URL"),
        )
        .await
    }

    /// Sends a signal to the process whose pid `up` wrote as this variable.
    pub(crate) fn signal(&self, signal: &str, pid_variable: &str) {
        let done = Command::new("kill")
            .args([&format!("-{signal}"), self.variable(pid_variable)])
            .status()
            .expect("kill");
        assert!(done.success(), "kill -{signal} {pid_variable}");
    }

    /// Kills the process whose pid `up` wrote as this variable, and starts it again at once.
    pub(crate) fn restart(&mut self, pid_variable: &str) {
        let command = self.command_of(pid_variable);
        self.signal("KILL", pid_variable);
        let pid = self.spawn(command, pid_variable).to_string();
        // For `deploy/local/down`.
        let name = pid_variable.trim_end_matches("_PID").to_lowercase();
        fs::write(self.dir.join("run").join(format!("{name}.pid")), &pid).expect("a pid file");
        self.variables.insert(pid_variable.to_owned(), pid);
    }

    /// Starts another replica of a process, with some variables of its own. It ends with the stack.
    pub(crate) fn replicate(&mut self, pid_variable: &str, environment: &[(&str, &str)]) -> u32 {
        let mut command = self.command_of(pid_variable);
        command.envs(environment.iter().copied());
        let pid = self.spawn(command, pid_variable);
        self.replicas.push(pid);
        pid
    }

    /// The program of a process, with its environment.
    fn command_of(&self, pid_variable: &str) -> Command {
        let process = Path::new("/proc").join(self.variable(pid_variable));
        let program = fs::read_link(process.join("exe")).expect("a program");
        let environment = fs::read(process.join("environ")).expect("an environment");
        let environment = String::from_utf8(environment).expect("text");
        let variables = environment
            .split('\0')
            .filter_map(|one| one.split_once('='));
        let mut command = Command::new(program);
        command.env_clear().envs(variables);
        command
    }

    fn spawn(&self, mut command: Command, pid_variable: &str) -> u32 {
        let log = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(
                self.dir
                    .join("log")
                    .join(format!("{pid_variable}-again.log")),
            )
            .expect("a log");
        #[expect(
            clippy::zombie_processes,
            reason = "it lives for as long as the stack, which ends it by its pid"
        )]
        let child = command.stdout(log).spawn().expect("a process");
        child.id()
    }

    /// Waits until the process whose pid `up` wrote as this variable has ended.
    pub(crate) async fn ends(&self, pid_variable: &str) {
        let process = Path::new("/proc")
            .join(self.variable(pid_variable))
            .join("exe");
        for _ in 0..300 {
            // A zombie has no program any more.
            if fs::read_link(&process).is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{pid_variable} did not end");
    }

    /// Starts Postgres and Redis again where they were stopped; leaves the services alone.
    pub(crate) fn start_stores(&self) {
        self.up(&["--stores"], &[]);
    }

    /// All that the processes logged.
    pub(crate) fn logs(&self) -> String {
        fs::read_dir(self.dir.join("log"))
            .expect("the log folder")
            .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a log"))
            .collect()
    }

    /// All that PostgreSQL logged.
    pub(crate) fn postgres_log(&self) -> String {
        let log = fs::read(self.dir.join("postgres/server.log")).expect("the log");
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        for pid in &self.replicas {
            let _ = Command::new("kill").arg(pid.to_string()).status();
        }
        let _ = Command::new(self.root.join("deploy/local/down"))
            .arg("--dir")
            .arg(&self.dir)
            .arg("--purge")
            .output();
    }
}
