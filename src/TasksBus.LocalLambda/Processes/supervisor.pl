# Runs one function's process, and ends whatever that has started, however it has detached itself:
#   perl supervisor.pl COMMAND...
# On Linux every orphan below this process becomes its child (PR_SET_CHILD_SUBREAPER), be it in a session of its own or a daemon. When the command
# has ended, SIGTERM comes, or standard input ends, all of them are killed; the exit code is the command's, 128 and the signal where one ended it.
# The server holds the other end of standard input, so its end is seen here, however it ended. A line from there is the id of an invocation that has
# been answered, and is passed on as the mark that ends its part of the log.
use strict;
use warnings;
use IO::Handle ();
use POSIX ();

my $is_linux = $^O eq 'linux';
my ($set_parent_death_signal, $set_child_subreaper) = (1, 36);

# Perl has no name for prctl(2), whose number differs between processors.
sub prctl {
    my %number = (x86_64 => 157, aarch64 => 167, riscv64 => 167);
    my $number = $number{(POSIX::uname())[4]};
    syscall($number, @_, 0, 0, 0) if $is_linux && $number && length(pack('p', '')) == 8;
}

sub children {
    open(my $list, '<', "/proc/$$/task/$$/children") or return;
    return split ' ', scalar(<$list>) // '';
}

my $stop = 0;
pipe(my $wakes, my $wake) or die "no pipe: $!";
$_->blocking(0) for $wakes, $wake;
$SIG{CHLD} = sub { syswrite $wake, '.' };
$SIG{TERM} = sub { $stop = 1; syswrite $wake, '.' };
$SIG{$_} = 'IGNORE' for qw(INT HUP QUIT PIPE);
POSIX::setsid(); # out of reach of a terminal's Ctrl-C
prctl($set_child_subreaper, 1);

my $self = $$;
my $function = fork() // die "no process: $!";
if ($function == 0) {
    $SIG{$_} = 'DEFAULT' for qw(CHLD TERM INT HUP QUIT PIPE);
    POSIX::setsid();
    prctl($set_parent_death_signal, POSIX::SIGKILL());
    POSIX::_exit(1) if getppid() != $self;
    open(STDIN, '<', '/dev/null');
    open(STDERR, '>&', \*STDOUT); # one log, in the order in which it is written
    { no warnings; exec { $ARGV[0] } @ARGV }
    print STDERR "$ARGV[0]: $!\n";
    POSIX::_exit(127);
}

my $status;

sub reap {
    my $pid;
    while (($pid = waitpid(-1, POSIX::WNOHANG())) > 0) {
        $status = $? if $pid == $function;
    }
    return $pid == 0; # whether any are left
}

my $lines = '';
until ($stop || defined $status) {
    my ($read, $input, $signal) = ('', fileno(STDIN), fileno($wakes));
    vec($read, $_, 1) = 1 for $input, $signal;
    next if select($read, undef, undef, undef) < 1;
    if (vec($read, $signal, 1)) {
        sysread($wakes, my $ignored, 512);
        reap();
    }
    if (vec($read, $input, 1)) {
        my $length = sysread(STDIN, $lines, 512, length $lines);
        $stop = 1 if defined $length ? $length == 0 : !$!{EINTR};
        syswrite(STDOUT, "\036$1\n") while $lines =~ s/^([^\n]*)\n//;
    }
}

# The process group serves where orphans do not come here.
kill KILL => -$function;
while (reap()) {
    kill KILL => children(), defined $status ? () : $function;
    select(undef, undef, undef, 0.005);
}

$status //= POSIX::SIGKILL();
POSIX::_exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
